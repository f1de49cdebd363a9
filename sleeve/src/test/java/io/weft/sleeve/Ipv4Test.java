package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** IPv4 fragments and "fragmentation needed" (overlay.md B.11, B.12). */
final class Ipv4Test {
  @Test
  void buildsFragmentationNeededOfTheVector() {
    ByteBuffer in = Vectors.buffer("icmp-frag-needed-in");
    assertTrue(Ipv4.isIpv4(in, 0, in.capacity()));
    assertTrue(Ipv4.dontFragment(in, 0));
    ByteBuffer out = ByteBuffer.allocate(FragmentationNeeded.MAX_BYTES);
    int length = FragmentationNeeded.build(in, 0, 1438, out);
    assertArrayEquals(Vectors.hex("icmp-frag-needed-out"), Vectors.bytes(out, 0, length));
  }

  @Test
  void cutsTheFrameOfTheVector() {
    ByteBuffer in = Vectors.buffer("fragment-in");
    Ipv4Fragments fragments = new Ipv4Fragments();
    assertTrue(fragments.begin(in, 0, 1438));
    for (String piece : List.of("fragment-out-0", "fragment-out-1", "fragment-out-2")) {
      int length = fragments.next();
      assertArrayEquals(Vectors.hex(piece), Vectors.bytes(fragments.buffer(), 0, length));
    }
    assertEquals(0, fragments.next());
  }

  @Test
  void refusesToCutWithoutRoomBehindTheHeader() {
    ByteBuffer in = Vectors.buffer("fragment-in");
    Ipv4Fragments fragments = new Ipv4Fragments();
    assertFalse(fragments.begin(in, 0, 27));
    assertTrue(fragments.begin(in, 0, 28));
  }

  @Test
  void refusesFragmentsWhoseOffsetsWouldOverflow() {
    ByteBuffer in = Vectors.buffer("fragment-in");
    in.putShort(Ipv4.HEADER + Ipv4.FLAGS_AND_OFFSET, (short) 0x1fff);
    assertFalse(new Ipv4Fragments().begin(in, 0, 1438));
  }

  @Test
  void takesNothingForIpv4ThatLiesAboutItsLengths() {
    ByteBuffer in = Vectors.buffer("fragment-in");
    int length = in.capacity();
    assertTrue(Ipv4.isIpv4(in, 0, length));
    assertFalse(Ipv4.isIpv4(in, 0, length - 1), "total length beyond the frame");
    assertFalse(Ipv4.isIpv4(in, 0, 33), "no room for a header");
    in.put(Ipv4.HEADER, (byte) 0x44);
    assertFalse(Ipv4.isIpv4(in, 0, length), "header shorter than 20 bytes");
    in.put(Ipv4.HEADER, (byte) 0x65);
    assertFalse(Ipv4.isIpv4(in, 0, length), "not version 4");
    in.put(Ipv4.HEADER, (byte) 0x45).putShort(12, (short) 0x8100);
    assertFalse(Ipv4.isIpv4(in, 0, length), "VLAN tag");
  }

  @Test
  void survivesRandomFrames() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    Ipv4Fragments fragments = new Ipv4Fragments();
    ByteBuffer out = ByteBuffer.allocate(FragmentationNeeded.MAX_BYTES);
    for (int round = 0; round < 20_000; round++) {
      int length = random.nextInt(34, 200);
      byte[] frame = new byte[length];
      random.nextBytes(frame);
      frame[12] = 8;
      frame[13] = 0;
      frame[14] = (byte) (0x40 | random.nextInt(16));
      frame[16] = 0;
      ByteBuffer buffer = ByteBuffer.wrap(frame);
      if (!Ipv4.isIpv4(buffer, 0, length)) {
        continue;
      }
      String context = "seed " + seed + " round " + round;
      int answer = FragmentationNeeded.build(buffer, 0, 100, out);
      assertTrue(answer <= FragmentationNeeded.MAX_BYTES, context);
      int payload = Ipv4.totalLength(buffer, 0) - Ipv4.headerBytes(buffer, 0);
      if (fragments.begin(buffer, 0, random.nextInt(68, 120))) {
        int sum = 0;
        for (int n = fragments.next(); n > 0; n = fragments.next()) {
          assertTrue(Ipv4.isIpv4(fragments.buffer(), 0, n), context);
          assertEquals(
              0,
              Ipv4.checksum(fragments.buffer(), Ipv4.HEADER, Ipv4.headerBytes(buffer, 0)),
              context);
          sum += Ipv4.totalLength(fragments.buffer(), 0) - Ipv4.headerBytes(buffer, 0);
        }
        assertEquals(payload, sum, context);
      }
    }
  }
}
