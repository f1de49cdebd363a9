package io.weft.linux;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Collects the objects of an answer.
 *
 * @param <T> what each message is read into
 */
final class ListReader<T> implements NetlinkChannel.DumpReader {
  private final int messageType;
  private final int structureBytes;
  private final Parser<T> parser;
  private final List<T> objects = new ArrayList<>();

  /** Messages of {@code messageType} with a fixed structure of that many bytes. */
  ListReader(int messageType, int structureBytes, Parser<T> parser) {
    this.messageType = messageType;
    this.structureBytes = structureBytes;
    this.parser = parser;
  }

  /** Reads one message, or nothing if it is not of interest. */
  @FunctionalInterface
  interface Parser<T> {
    Optional<T> parse(ByteBuffer structure, NetlinkAttributes attributes);
  }

  @Override
  public void restart() {
    objects.clear();
  }

  @Override
  public void read(int type, ByteBuffer buffer, int from, int to) {
    if (type != messageType || to - from < structureBytes) {
      return;
    }
    ByteBuffer structure = buffer.slice(from, structureBytes).order(buffer.order());
    NetlinkAttributes attributes = new NetlinkAttributes(buffer, from + structureBytes, to);
    parser.parse(structure, attributes).ifPresent(objects::add);
  }

  List<T> objects() {
    return List.copyOf(objects);
  }
}
