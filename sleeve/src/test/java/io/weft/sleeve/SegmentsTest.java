package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.weft.gossip.overlay.Offload;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cutting super-frames, and what is refused before (overlay.md F.2.3). */
final class SegmentsTest {
  private static final int TCP4 = 34;
  private static final int TCP6 = 54;
  private static final int TCP_BYTES = 32;
  private static final int PAYLOAD = 10_000;
  private static final int SEGMENT = 1_348;
  private static final int FIN_PSH_ACK_CWR = 0x99;

  /** As many datagrams of such segments as fit one call of the kernel. */
  private static final int RUN_DATAGRAMS = 65_507 / (6 + 14 + TCP4 + TCP_BYTES + SEGMENT);

  // As in AllocationTest: what the JVM does beside the measurement.
  private static final long NOISE_BYTES = 4_096;

  private final ByteBuffer slab = ByteBuffer.allocateDirect(70_000);
  private final ByteBuffer out = ByteBuffer.allocateDirect(70_000);
  private final Segments segments = new Segments();

  @ParameterizedTest
  @ValueSource(ints = {TCP4, TCP6})
  void everySegmentIsAWholeFrameWithItsPartOfTheStream(int transport) {
    int length = superFrame(transport, PAYLOAD);
    long offload = offload(transport, SEGMENT);
    assertTrue(FrameOffload.fits(slab, 0, length, offload));
    segments.begin(slab, 0, length, offload);
    assertEquals(transport + TCP_BYTES + SEGMENT, segments.longestFrame());
    int headers = transport + TCP_BYTES;
    TcpSegment read = new TcpSegment();
    int position = 0;
    int number = 0;
    for (int bytes = segments.nextLength(); bytes > 0; bytes = segments.nextLength()) {
      segments.write(out, 3);
      assertTrue(read.read(out, 3, bytes), "segment " + number + " is TCP");
      assertEquals(bytes, read.length());
      int flags = out.get(3 + transport + 13) & 0xff;
      boolean last = position + bytes - headers == PAYLOAD;
      assertEquals((last ? 0x19 : 0x10) | (number == 0 ? 0x80 : 0), flags, "flags");
      assertEquals(100 + position, out.getInt(3 + transport + 4), "sequence number");
      if (transport == TCP4) {
        assertEquals((short) (0xfffe + number), out.getShort(3 + 18), "identification");
        assertEquals(0xffff, InternetChecksum.fold(InternetChecksum.sum(out, 3 + 14, 20)));
      }
      assertEquals(0xffff, InternetChecksum.fold(transportSum(transport, bytes)), "checksum");
      assertEquals(
          slab.slice(headers + position, bytes - headers), out.slice(3 + headers, bytes - headers));
      position += bytes - headers;
      number++;
    }
    assertEquals(PAYLOAD, position);
    assertEquals(8, number);
  }

  @Test
  void datagramsOfOneSizeGetTheirOwnLengthsAndChecksums() {
    int length = superFrame(TCP4, PAYLOAD);
    slab.put(14 + 9, (byte) FrameOffload.UDP);
    int total = length - TCP4;
    slab.putShort(TCP4 + 6, (short) InternetChecksum.fold(pseudo(TCP4, FrameOffload.UDP, total)));
    long offload = Offload.of(Offload.TYPE_UDP, 1000, TCP4, 6);
    assertTrue(FrameOffload.fits(slab, 0, length, offload));
    segments.begin(slab, 0, length, offload);
    int payload = 0;
    for (int bytes = segments.nextLength(); bytes > 0; bytes = segments.nextLength()) {
      segments.write(out, 0);
      int udp = bytes - TCP4;
      assertEquals(udp, out.getShort(TCP4 + 4) & 0xffff);
      long sum = pseudoOf(out, TCP4, FrameOffload.UDP, udp) + InternetChecksum.sum(out, TCP4, udp);
      assertEquals(0xffff, InternetChecksum.fold(sum));
      payload += udp - 8;
    }
    assertEquals(length - TCP4 - 8, payload);
  }

  @Test
  void completesTheChecksumOfAnOrdinaryFrame() {
    int length = superFrame(TCP4, 101);
    InternetChecksum.complete(slab, 0, length, Offload.checksum(TCP4, 16));
    out.put(3, slab, 0, length);
    assertEquals(0xffff, InternetChecksum.fold(transportSum(TCP4, length)));
  }

  @Test
  void refusesWhatDoesNotAgreeWithTheFrame() {
    int length = superFrame(TCP4, PAYLOAD);
    assertFalse(FrameOffload.fits(slab, 0, length - 1, offload(TCP4, SEGMENT)), "length");
    assertFalse(FrameOffload.fits(slab, 0, length, offload(TCP4, 0)), "no segment length");
    assertFalse(FrameOffload.fits(slab, 0, length, offload(TCP4, 7)), "too many segments");
    assertFalse(FrameOffload.fits(slab, 0, length, Offload.of(Offload.TYPE_TCP4, 100, 38, 16)));
    assertFalse(FrameOffload.fits(slab, 0, length, Offload.of(Offload.TYPE_TCP4, 100, 34, 6)));
    assertFalse(FrameOffload.fits(slab, 0, length, Offload.of(Offload.TYPE_TCP6, 100, 34, 16)));
    assertFalse(FrameOffload.fits(slab, 0, length, Offload.of(Offload.TYPE_UDP, 100, 34, 6)));
    assertFalse(FrameOffload.fits(slab, 0, length, Offload.of(3, 100, 34, 16)), "unknown type");
    assertFalse(FrameOffload.fits(slab, 0, length, Offload.checksum(length - 1, 0)));
    assertFalse(FrameOffload.fits(slab, 0, length, Offload.checksum(13, 0)), "inside Ethernet");
    slab.putShort(20, (short) 0x2000);
    assertFalse(FrameOffload.fits(slab, 0, length, offload(TCP4, SEGMENT)), "a fragment");
  }

  /** Seeded noise around a good frame: nothing reads or writes out of bounds. */
  @Test
  void whateverFitsCanBeCut() {
    long seed = 42;
    Random random = new Random(seed);
    int cut = 0;
    for (int i = 0; i < 20_000; i++) {
      int length = superFrame(random.nextBoolean() ? TCP4 : TCP6, 1 + random.nextInt(3000));
      for (int change = random.nextInt(3); change > 0; change--) {
        slab.put(12 + random.nextInt(60), (byte) random.nextInt());
      }
      long offload =
          Offload.of(
              random.nextInt(6), random.nextInt(2000), 30 + random.nextInt(30), random.nextInt(20));
      if (random.nextBoolean()) {
        offload = offload(slab.getShort(12) == 0x0800 ? TCP4 : TCP6, 1 + random.nextInt(2000));
      }
      if (FrameOffload.fits(slab, 0, length, offload)
          && Offload.type(offload) != Offload.TYPE_NONE) {
        segments.begin(slab, 0, length, offload);
        int bytes = 0;
        int headers = segments.longestFrame();
        for (int next = segments.nextLength(); next > 0; next = segments.nextLength()) {
          segments.write(out, 0);
          bytes += next;
          assertTrue(next <= headers && bytes > 0, "seed " + seed);
        }
        cut++;
      }
    }
    assertTrue(cut > 1000, cut + " cut, seed " + seed);
  }

  @Test
  void cuttingIntoDatagramsAllocatesNothing() {
    int length = superFrame(TCP4, 60_000);
    DatagramVector vector = new DatagramVector(Sealing.PLAIN);
    for (int i = 0; i < 2000; i++) {
      cut(vector, length);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 500; i++) {
      cut(vector, length);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated <= NOISE_BYTES, allocated + " bytes for 500 super-frames");
  }

  private void cut(DatagramVector vector, int length) {
    long offload = offload(TCP4, SEGMENT);
    assertTrue(FrameOffload.fits(slab, 0, length, offload));
    segments.begin(slab, 0, length, offload);
    for (int next = segments.nextLength(); next > 0; next = segments.nextLength()) {
      vector.place(next, Vectors.A, Vectors.B, 1_472, 1_472);
      segments.write(vector.slab(), vector.placed());
    }
    // Segments of one length and a shorter last one are one run for the kernel.
    assertEquals(RUN_DATAGRAMS, vector.run(0, 1_472));
    vector.clear();
  }

  private static long offload(int transport, int segmentBytes) {
    int type = transport == TCP4 ? Offload.TYPE_TCP4 : Offload.TYPE_TCP6;
    return Offload.of(type, segmentBytes, transport, 16);
  }

  /** A TCP super-frame at 0 as a container's stack makes it; returns its length. */
  private int superFrame(int transport, int payload) {
    int length = transport + TCP_BYTES + payload;
    for (int i = 0; i < length; i++) {
      slab.put(i, (byte) (i * 7));
    }
    if (transport == TCP4) {
      slab.putShort(12, (short) 0x0800);
      slab.put(14, (byte) 0x45);
      slab.putShort(16, (short) (length - 14));
      slab.putShort(18, (short) 0xfffe);
      slab.putShort(20, (short) 0x4000);
      slab.put(23, (byte) FrameOffload.TCP);
    } else {
      slab.putShort(12, (short) 0x86dd);
      slab.put(14, (byte) 0x60);
      slab.putShort(18, (short) (length - 54));
      slab.put(20, (byte) FrameOffload.TCP);
    }
    slab.putInt(transport + 4, 100);
    slab.put(transport + 12, (byte) (TCP_BYTES << 2));
    slab.put(transport + 13, (byte) FIN_PSH_ACK_CWR);
    long pseudo = pseudo(transport, FrameOffload.TCP, length - transport);
    slab.putShort(transport + 16, (short) InternetChecksum.fold(pseudo));
    return length;
  }

  private long pseudo(int transport, int protocol, int bytes) {
    return pseudoOf(slab, transport, protocol, bytes);
  }

  private static long pseudoOf(ByteBuffer buffer, int transport, int protocol, int bytes) {
    int addresses = transport == TCP4 ? 26 : 22;
    return InternetChecksum.sum(buffer, addresses, transport - addresses) + protocol + bytes;
  }

  private long transportSum(int transport, int length) {
    int addresses = transport == TCP4 ? 26 : 22;
    int bytes = length - transport;
    return InternetChecksum.sum(out, 3 + addresses, transport - addresses)
        + FrameOffload.TCP
        + bytes
        + InternetChecksum.sum(out, 3 + transport, bytes);
  }
}
