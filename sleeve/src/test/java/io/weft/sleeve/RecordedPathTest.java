package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** On a path that is too narrow this router does, byte for byte, what a recorded Weave Net did. */
final class RecordedPathTest {
  private static final int NODE_1 = 0x0a630001;
  private static final int KERNEL_PATH_MTU = 1500;
  private static final int UNDERLAY_LIMIT = 1400;
  private static final int ICMP = 1;

  @Test
  void searchesThePathMtuByTheRecordedProbes() {
    List<Integer> recorded = new ArrayList<>();
    for (byte[] frame : framesOfNode1("pmtu-search-2node")) {
      ByteBuffer buffer = ByteBuffer.wrap(frame);
      if (SpecialFrame.isSpecial(buffer, 0)
          && SpecialFrame.of(buffer, 0, frame.length) == SpecialFrame.PROBE) {
        recorded.add(frame.length - SleeveProtocol.ETHERNET_BYTES);
      }
    }
    EventTime time = new EventTime(0, 0);
    List<Integer> ours = new ArrayList<>();
    PathMtu mtu = new PathMtu(Sealing.PLAIN, time, ours::add);
    mtu.onTooBig(KERNEL_PATH_MTU);
    while (mtu.nextDeadlineNanos() != Timed.NEVER) {
      int candidate = ours.getLast();
      if (candidate + Sealing.PLAIN.overheadBytes() <= UNDERLAY_LIMIT) {
        mtu.onVerified(candidate);
      } else {
        time.advanceTo(mtu.nextDeadlineNanos(), 0);
        mtu.onTime();
      }
    }
    assertTrue(recorded.size() > 30, recorded.toString());
    assertEquals(recorded, ours);
    assertEquals(1338, mtu.overlayMtu());
  }

  @Test
  void fragmentsLikeTheRecordedRouter() {
    List<byte[]> pieces = new ArrayList<>();
    for (byte[] frame : framesOfNode1("pmtu-search-2node")) {
      ByteBuffer buffer = ByteBuffer.wrap(frame);
      if (Ipv4.isIpv4(buffer, 0, frame.length) && (flags(buffer) & 0x3fff) != 0) {
        pieces.add(frame);
      }
    }
    assertEquals(4, pieces.size(), "two packets of 1500 bytes in two pieces each");
    Ipv4Fragments fragments = new Ipv4Fragments();
    for (int i = 0; i < pieces.size(); i += 2) {
      byte[] whole = join(pieces.get(i), pieces.get(i + 1));
      assertEquals(1514, whole.length);
      assertTrue(fragments.begin(ByteBuffer.wrap(whole), 0, 1338));
      for (byte[] piece : pieces.subList(i, i + 2)) {
        int length = fragments.next();
        assertArrayEquals(piece, Vectors.bytes(fragments.buffer(), 0, length));
      }
      assertEquals(0, fragments.next());
    }
  }

  @Test
  void tellsTheContainerWhatTheRecordedRouterTold() {
    byte[] refused = {};
    byte[] answer = {};
    for (byte[] frame : UdpRecording.frames("icmp-frag-needed-2node-container1")) {
      ByteBuffer buffer = ByteBuffer.wrap(frame);
      if (!Ipv4.isIpv4(buffer, 0, frame.length) || frame[23] != ICMP) {
        continue;
      }
      if (frame.length == 1514 && Ipv4.dontFragment(buffer, 0)) {
        refused = frame;
      } else if (frame[34] == 3 && frame[35] == 4) {
        answer = frame;
      }
    }
    assertTrue(refused.length > 0 && answer.length > 0, "both are recorded");
    ByteBuffer out = ByteBuffer.allocate(FragmentationNeeded.MAX_BYTES);
    int length = FragmentationNeeded.build(ByteBuffer.wrap(refused), 0, 1438, out);
    assertArrayEquals(answer, Vectors.bytes(out, 0, length));
  }

  private static List<byte[]> framesOfNode1(String recording) {
    List<byte[]> frames = new ArrayList<>();
    FrameList list = new FrameList();
    for (UdpRecording.Datagram datagram : UdpRecording.read(recording)) {
      if (datagram.source() == NODE_1) {
        ByteBuffer payload = ByteBuffer.wrap(datagram.payload());
        list.wrap(payload, SleeveProtocol.NAME_BYTES, payload.capacity());
        while (list.next()) {
          frames.add(Vectors.bytes(list.data(), list.frame(), list.length()));
        }
      }
    }
    return frames;
  }

  /** The packet that two pieces make, as it was before it was cut. */
  private static byte[] join(byte[] first, byte[] second) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(first);
    int payload = SleeveProtocol.ETHERNET_BYTES + Ipv4.MIN_HEADER_BYTES;
    whole.write(second, payload, second.length - payload);
    ByteBuffer packet = ByteBuffer.wrap(whole.toByteArray());
    int ip = Ipv4.HEADER;
    packet.putShort(ip + Ipv4.TOTAL_LENGTH, (short) (packet.capacity() - ip));
    packet.putShort(ip + Ipv4.FLAGS_AND_OFFSET, (short) 0);
    packet.putShort(ip + Ipv4.CHECKSUM, (short) 0);
    packet.putShort(ip + Ipv4.CHECKSUM, Ipv4.checksum(packet, ip, Ipv4.MIN_HEADER_BYTES));
    return packet.array();
  }

  private static int flags(ByteBuffer buffer) {
    return buffer.getShort(Ipv4.HEADER + Ipv4.FLAGS_AND_OFFSET) & 0xffff;
  }
}
