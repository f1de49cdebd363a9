package io.weft.fastpath;

import io.weft.linux.LinuxException;
import io.weft.linux.Poller;
import io.weft.linux.RawUdpSocket;
import io.weft.linux.RawUdpSocket.Instruction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The second receiver of heartbeats (overlay.md F.1.5): some kernels drop frames without a source
 * address inside the VXLAN driver, before any program sees them. A raw socket gets its copy
 * earlier.
 */
final class RawHeartbeatReader implements Runnable {
  static final int ROOM = 256;
  private static final int IPV4_SOURCE_OFFSET = 12;
  private static final int IPV4_BYTES = 20;
  private static final int UDP_BYTES = 8;

  /** Bytes of the outer headers up to the inner frame, behind the IPv4 header. */
  private static final int FRAME_OFFSET = UDP_BYTES + FastdpProtocol.VXLAN_BYTES;

  private final RawUdpSocket socket;
  private final Consumer<List<KernelEvent>> sink;
  private final ByteBuffer packet = ByteBuffer.allocateDirect(ROOM);
  private final ReadingLoop loop;

  /**
   * A reader in the calling thread's network namespace.
   *
   * @param sink as {@link EventReader}'s
   * @param onFault told once when reading ends without {@link #stop}
   */
  RawHeartbeatReader(Consumer<List<KernelEvent>> sink, Consumer<String> onFault)
      throws LinuxException {
    this.sink = sink;
    Poller poller = Poller.open(1);
    try {
      socket = RawUdpSocket.open(filter());
      poller.add(socket, 0);
    } catch (LinuxException e) {
      poller.close();
      throw e;
    }
    loop =
        new ReadingLoop(
            poller,
            this::readAll,
            socket::close,
            "heartbeats cannot be read from a raw socket any more",
            onFault);
  }

  /** A VXLAN header, and behind it two addresses of nothing but zeros. */
  private static List<Instruction> filter() {
    List<Instruction> code = new ArrayList<>();
    code.add(new Instruction(Instruction.INDEX_HEADER_LENGTH, 0, 0, 0));
    int[][] wanted = {
      {UDP_BYTES, FastdpProtocol.VXLAN_FLAGS},
      {FRAME_OFFSET, 0},
      {FRAME_OFFSET + 4, 0},
      {FRAME_OFFSET + 8, 0}
    };
    for (int i = 0; i < wanted.length; i++) {
      int toTheEnd = 2 * (wanted.length - 1 - i) + 1;
      code.add(new Instruction(Instruction.LOAD_WORD, 0, 0, wanted[i][0]));
      code.add(new Instruction(Instruction.COMPARE, 0, toTheEnd, wanted[i][1]));
    }
    code.add(new Instruction(Instruction.RETURN, 0, 0, ROOM));
    code.add(new Instruction(Instruction.RETURN, 0, 0, 0));
    return code;
  }

  void stop() {
    loop.stop();
  }

  @Override
  public void run() {
    loop.run();
  }

  private void readAll() {
    List<KernelEvent> heartbeats = new ArrayList<>();
    for (int length = socket.receive(packet, ROOM);
        length > 0 && heartbeats.size() < ROOM;
        length = socket.receive(packet, ROOM)) {
      read(packet, length).ifPresent(heartbeats::add);
    }
    if (!heartbeats.isEmpty()) {
      sink.accept(heartbeats);
    }
  }

  /**
   * Reads a packet that the filter has let through.
   *
   * @param length of the packet, of which the buffer may have less
   * @return empty when it is too short
   */
  static Optional<KernelEvent.Heartbeat> read(ByteBuffer packet, int length) {
    if (length < IPV4_BYTES) {
      return Optional.empty();
    }
    int udp = (packet.get(0) & 0xf) * 4;
    // The filter returns no more than it needs; how long the packet was it says in its header.
    int frameBytes = Short.toUnsignedInt(packet.getShort(2)) - udp - FRAME_OFFSET;
    int frame = udp + FRAME_OFFSET;
    int uid = frame + FastdpProtocol.HEARTBEAT_UID_OFFSET;
    int token = frame + FastdpProtocol.HEARTBEAT_TOKEN_OFFSET;
    if (token + Long.BYTES > Math.min(length, ROOM)) {
      return Optional.empty();
    }
    int lengthField =
        Short.toUnsignedInt(packet.getShort(frame + FastdpProtocol.HEARTBEAT_LENGTH_OFFSET));
    return Optional.of(
        new KernelEvent.Heartbeat(
            packet.getInt(IPV4_SOURCE_OFFSET),
            frameBytes,
            packet.getLong(uid),
            lengthField,
            packet.getLong(token)));
  }
}
