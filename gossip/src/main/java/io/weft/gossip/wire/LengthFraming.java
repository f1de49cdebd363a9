package io.weft.gossip.wire;

import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobWriter;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Version 2: a length in front of each message (mesh.md 3). */
final class LengthFraming implements Framing {
  /** Our choice: a smaller payload is worth no array with other things in it. */
  private static final int LARGE_BYTES = 64 * 1024;

  @Override
  public byte[] frameFeatures(Map<String, String> features, Sealing sealing)
      throws MeshFaultException {
    byte[] gob = new GobWriter().write(FeatureMap.TYPE, FeatureMap.toGob(features)).toBytes();
    byte[] frame = new byte[MeshProtocol.LENGTH_BYTES + sealing.overhead() + gob.length];
    System.arraycopy(gob, 0, frame, frame.length - gob.length, gob.length);
    return seal(frame, sealing);
  }

  @Override
  public @Nullable Map<String, String> takeFeatures(Inbox inbox, Sealing sealing)
      throws MeshFaultException, GobException {
    int size = arrived(inbox, MeshProtocol.MAX_FEATURES_BYTES);
    if (size < 0) {
      return null;
    }
    inbox.skip(MeshProtocol.LENGTH_BYTES);
    byte[] body = inbox.take(size);
    int plain = sealing.open(body, 0, size);
    return FeatureMap.fromGob(new GobReader(body, plain, size - plain).read(FeatureMap.TYPE));
  }

  @Override
  public byte[] frameMessage(MeshMessage message, Sealing sealing) throws MeshFaultException {
    return seal(
        MessageCodec.encode(message, MeshProtocol.LENGTH_BYTES + sealing.overhead()), sealing);
  }

  /** Completes a frame whose plain text stands at its end. */
  private static byte[] seal(byte[] frame, Sealing sealing) throws MeshFaultException {
    int size = frame.length - MeshProtocol.LENGTH_BYTES;
    Framing.checkSize("outgoing", size, MeshProtocol.MAX_MESSAGE_BYTES);
    ByteBuffer.wrap(frame).putInt(size);
    sealing.seal(frame, MeshProtocol.LENGTH_BYTES, size);
    return frame;
  }

  @Override
  public @Nullable MeshMessage takeMessage(Inbox inbox, Sealing sealing)
      throws MeshFaultException, GobException {
    int size = arrived(inbox, MeshProtocol.MAX_MESSAGE_BYTES);
    if (size < 0) {
      return null;
    }
    int start = inbox.position() + MeshProtocol.LENGTH_BYTES;
    int plain = sealing.open(inbox.data(), start, size);
    if (size >= LARGE_BYTES && start + size == inbox.data().length) {
      // It arrived in an array of its own, which its payload may keep.
      byte[] whole = inbox.detach();
      return MessageCodec.decodeTail(whole, plain);
    }
    MeshMessage message = MessageCodec.decode(inbox.data(), plain, start + size - plain);
    inbox.skip(MeshProtocol.LENGTH_BYTES + size);
    return message;
  }

  @Override
  public int awaited(Inbox inbox) {
    if (inbox.available() < MeshProtocol.LENGTH_BYTES) {
      return 0;
    }
    long size = size(inbox);
    if (size > MeshProtocol.MAX_MESSAGE_BYTES) {
      // Reading says so.
      return 0;
    }
    long whole = MeshProtocol.LENGTH_BYTES + size;
    return inbox.available() < whole ? (int) whole : 0;
  }

  private static long size(Inbox inbox) {
    long size = 0;
    for (int i = 0; i < MeshProtocol.LENGTH_BYTES; i++) {
      size = (size << 8) | inbox.at(i);
    }
    return size;
  }

  /** Size of the message behind its length when all of it is there; -1 otherwise. */
  private static int arrived(Inbox inbox, int limit) throws MeshFaultException {
    if (inbox.available() < MeshProtocol.LENGTH_BYTES) {
      return -1;
    }
    long size = size(inbox);
    Framing.checkSize("incoming", size, limit);
    return inbox.available() < MeshProtocol.LENGTH_BYTES + size ? -1 : (int) size;
  }
}
