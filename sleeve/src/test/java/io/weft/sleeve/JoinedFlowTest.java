package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.overlay.Offload;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which TCP segments become one super-frame, and what that says (overlay.md F.2.3). */
final class JoinedFlowTest {
  private static final int IP = 14;
  private static final int TCP = 34;
  private static final int HEADERS = 66;
  private static final int PAYLOAD = 1_000;
  private static final int ROOM = 2_000;
  private static final int ACK = 0x10;
  private static final int FIN = 0x01;
  private static final int PSH = 0x08;
  private static final int ID = 0xfffe;
  private static final int DONT_FRAGMENT = 0x4000;

  private final ByteBuffer slab = ByteBuffer.allocateDirect(100 * ROOM);
  private final JoinedFlow flow = new JoinedFlow();

  @Test
  void aSuperFrameCutsIntoTheSegmentsThatWereJoined() {
    int count = 5;
    begin();
    for (int i = 1; i < count; i++) {
      assertTrue(joins(i, i == count - 1 ? 300 : PAYLOAD), "segment " + i);
    }
    assertTrue(flow.isComplete(), "nothing may follow a shorter segment");
    flow.finish();
    ByteBuffer prefix = flow.frame.prefix();
    int length = HEADERS + (count - 1) * PAYLOAD + 300;
    assertEquals(PAYLOAD, flow.frame.segmentBytes());
    ByteBuffer whole = ByteBuffer.allocateDirect(length);
    whole.put(0, prefix, 0, HEADERS);
    for (int i = 0; i < count; i++) {
      whole.put(HEADERS + i * PAYLOAD, slab, i * ROOM + HEADERS, i == count - 1 ? 300 : PAYLOAD);
    }
    long offload =
        Offload.of(
            flow.frame.kind(),
            flow.frame.segmentBytes(),
            flow.frame.checksumStart(),
            flow.frame.checksumOffset());
    assertTrue(FrameOffload.fits(whole, 0, length, offload));
    Segments segments = new Segments();
    segments.begin(whole, 0, length, offload);
    ByteBuffer out = ByteBuffer.allocateDirect(ROOM);
    for (int i = 0; i < count; i++) {
      int bytes = segments.nextLength();
      segments.write(out, 0);
      assertEquals(slab.slice(i * ROOM, bytes), out.slice(0, bytes), "segment " + i);
    }
    assertEquals(0, segments.nextLength());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "destination MAC",
        "source MAC",
        "type of service",
        "identification repeated without DF",
        "identification with a gap",
        "reserved flag",
        "lifetime",
        "sequence number with a gap",
        "sequence number repeated",
        "acknowledgement",
        "ECE",
        "window",
        "options"
      })
  void aSegmentThatDiffersIsNotJoined(String difference) {
    begin();
    segment(1, PAYLOAD);
    int frame = ROOM;
    switch (difference) {
      case "destination MAC" -> flip(frame + 5);
      case "source MAC" -> flip(frame + 11);
      case "type of service" -> flip(frame + IP + 1);
      case "identification repeated without DF" -> {
        slab.putShort(IP + Ipv4.FLAGS_AND_OFFSET, (short) 0);
        slab.putShort(frame + IP + Ipv4.FLAGS_AND_OFFSET, (short) 0);
        slab.putShort(frame + IP + 4, (short) ID);
        complete(0);
      }
      case "identification with a gap" -> slab.putShort(frame + IP + 4, (short) (ID + 2));
      case "reserved flag" -> slab.putShort(frame + IP + 6, (short) (DONT_FRAGMENT | 0x8000));
      case "lifetime" -> flip(frame + IP + 8);
      case "sequence number with a gap" -> slab.putInt(frame + TCP + 4, 100 + PAYLOAD + 1);
      case "sequence number repeated" -> slab.putInt(frame + TCP + 4, 100);
      case "acknowledgement" -> flip(frame + TCP + 11);
      case "ECE" -> slab.put(frame + TCP + 13, (byte) (ACK | 0x40));
      case "window" -> flip(frame + TCP + 15);
      case "options" -> flip(frame + TCP + 31);
      default -> throw new IllegalArgumentException(difference);
    }
    complete(1);
    TcpSegment read = read(1, PAYLOAD);
    assertTrue(read.canBeJoined(), "by itself it may be part of a super-frame");
    assertTrue(flow.isFlowOf(slab, read), "of this flow");
    assertFalse(flow.join(read), difference);
    assertEquals(1, flow.count());
  }

  @Test
  void withDontFragmentTheIdentificationMayStayButNotChangeItsWays() {
    begin();
    segment(1, PAYLOAD);
    slab.putShort(ROOM + IP + 4, (short) ID);
    complete(1);
    assertTrue(flow.join(read(1, PAYLOAD)));
    assertFalse(joins(2, PAYLOAD), "an identification that grows after one that stayed");
  }

  @Test
  void nothingFollowsPshFinOrAShorterSegmentAndNoneIsLonger() {
    for (int flag : new int[] {PSH, FIN}) {
      begin();
      segment(1, PAYLOAD);
      slab.put(ROOM + TCP + 13, (byte) (ACK | flag));
      complete(1);
      assertTrue(flow.join(read(1, PAYLOAD)));
      assertTrue(flow.isComplete());
      assertFalse(joins(2, PAYLOAD));
      flow.finish();
      assertEquals((byte) (ACK | flag), flow.frame.prefix().get(TCP + 13), "kept for the last");
    }
    begin();
    assertTrue(joins(1, PAYLOAD - 1));
    assertFalse(joins(2, PAYLOAD - 1));
    begin();
    assertFalse(joins(1, PAYLOAD + 1));
  }

  @Test
  void aSuperFrameIsNoLongerThanIpv4Allows() {
    begin();
    int joined = 1;
    while (joins(joined, PAYLOAD)) {
      joined++;
    }
    assertTrue(joined <= 64 && HEADERS + (joined + 1) * PAYLOAD > 0xffff - ROOM, joined + "");
  }

  @ParameterizedTest
  @ValueSource(ints = {0x00, 0x12, 0x14, 0x30, 0x90})
  void onlyPlainDataIsJoined(int flags) {
    segment(0, PAYLOAD);
    slab.put(TCP + 13, (byte) flags);
    complete(0);
    assertFalse(read(0, PAYLOAD).canBeJoined(), "flags " + flags);
  }

  @Test
  void nothingWithABadChecksumOrWithoutDataIsJoined() {
    segment(0, PAYLOAD);
    flip(HEADERS + 7);
    assertFalse(read(0, PAYLOAD).canBeJoined(), "payload");
    segment(0, PAYLOAD);
    flip(IP + Ipv4.CHECKSUM);
    assertFalse(read(0, PAYLOAD).canBeJoined(), "IPv4 header");
    segment(0, 0);
    assertFalse(read(0, 0).canBeJoined(), "an acknowledgement");
  }

  @Test
  void fragmentsIpOptionsAndTagsAreNoSegments() {
    TcpSegment read = new TcpSegment();
    segment(0, PAYLOAD);
    slab.putShort(IP + Ipv4.FLAGS_AND_OFFSET, (short) 0x2000);
    assertFalse(read.read(slab, 0, HEADERS + PAYLOAD), "a fragment");
    segment(0, PAYLOAD);
    slab.put(IP, (byte) 0x46);
    assertFalse(read.read(slab, 0, HEADERS + PAYLOAD), "options");
    segment(0, PAYLOAD);
    slab.putShort(12, (short) 0x8100);
    assertFalse(read.read(slab, 0, HEADERS + PAYLOAD), "a VLAN tag");
    segment(0, PAYLOAD);
    assertFalse(read.read(slab, 0, HEADERS + PAYLOAD - 1), "shorter than it says");
  }

  private void begin() {
    segment(0, PAYLOAD);
    flow.begin(slab, read(0, PAYLOAD));
  }

  private boolean joins(int number, int payload) {
    segment(number, payload);
    return flow.join(read(number, payload));
  }

  private TcpSegment read(int number, int payload) {
    TcpSegment read = new TcpSegment();
    assertTrue(read.read(slab, number * ROOM, HEADERS + payload), "segment " + number + " is TCP");
    return read;
  }

  /** Segment {@code number} of a stream whose segments have {@link #PAYLOAD} bytes. */
  private void segment(int number, int payload) {
    int frame = number * ROOM;
    for (int i = 0; i < HEADERS; i++) {
      slab.put(frame + i, (byte) (i * 7));
    }
    for (int i = 0; i < payload; i++) {
      slab.put(frame + HEADERS + i, (byte) (i * 3 + number));
    }
    slab.putShort(frame + 12, (short) 0x0800);
    slab.put(frame + IP, (byte) 0x45);
    slab.putShort(frame + IP + Ipv4.TOTAL_LENGTH, (short) (HEADERS - IP + payload));
    slab.putShort(frame + IP + 4, (short) (ID + number));
    slab.putShort(frame + IP + Ipv4.FLAGS_AND_OFFSET, (short) DONT_FRAGMENT);
    slab.put(frame + IP + 9, (byte) FrameOffload.TCP);
    slab.putInt(frame + TCP + 4, 100 + number * PAYLOAD);
    slab.put(frame + TCP + 12, (byte) ((HEADERS - TCP) << 2));
    slab.put(frame + TCP + 13, (byte) ACK);
    complete(number);
  }

  /** Makes both checksums right. */
  private void complete(int number) {
    int frame = number * ROOM;
    int bytes = (slab.getShort(frame + IP + Ipv4.TOTAL_LENGTH) & 0xffff) - (TCP - IP);
    slab.putShort(frame + IP + Ipv4.CHECKSUM, (short) 0);
    slab.putShort(
        frame + IP + Ipv4.CHECKSUM,
        InternetChecksum.of(InternetChecksum.sum(slab, frame + IP, TCP - IP), false));
    slab.putShort(frame + TCP + 16, (short) 0);
    long sum = InternetChecksum.sum(slab, frame + IP + 12, 8) + FrameOffload.TCP + bytes;
    sum += InternetChecksum.sum(slab, frame + TCP, bytes);
    slab.putShort(frame + TCP + 16, InternetChecksum.of(sum, false));
  }

  private void flip(int at) {
    slab.put(at, (byte) (slab.get(at) ^ 1));
  }
}
