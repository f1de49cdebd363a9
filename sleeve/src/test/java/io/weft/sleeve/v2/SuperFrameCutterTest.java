package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.overlay.Offload;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cutting super-frames, and refusing what only pretends to be one. */
final class SuperFrameCutterTest {
  private final SuperFrameCutter cutter = new SuperFrameCutter();
  private final ByteBuffer slice = ByteBuffer.allocate(65_535);

  @ParameterizedTest
  @CsvSource({
    "false,false,16000",
    "false,false,1446",
    "true,false,16000",
    "false,true,1500",
    "true,true,9000",
    "false,false,10"
  })
  void slicesAddUpToWhatTheyCameFrom(boolean ipv6, boolean udp, int maxBytes) {
    ByteBuffer frame = superFrame(ipv6, udp, 40_001);
    long offload = offload(ipv6, udp);
    int start = Offload.checksumStart(offload);
    int headers = start + (udp ? 8 : 20);
    assertTrue(cutter.begin(frame, 0, frame.capacity(), offload, maxBytes));
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    int slices = 0;
    for (int length = cutter.nextLength(); length > 0; length = cutter.nextLength()) {
      long left = cutter.nextOffload();
      int before = payload.size();
      cutter.write(slice, 0);
      assertTrue(length <= Math.max(maxBytes, headers + 1400), "no longer than asked for");
      assertTrue(SuperFrames.isValid(slice, 0, length, left), "what is left fits the slice");
      if (Offload.type(left) != Offload.TYPE_NONE) {
        assertEquals(headers, SuperFrames.headerBytes(slice, 0, length, left));
      }
      assertEquals(0, before % 1400, "cut on the borders of segments");
      boolean last = before + length - headers == 40_001;
      if (udp) {
        assertEquals(length - start, slice.getShort(start + 4) & 0xffff);
      } else {
        assertEquals(0x7fffff00 + before, slice.getInt(start + 4), "sequence number");
        int flags = slice.get(start + 13) & 0xff;
        assertEquals(last ? 0x19 : 0x10, flags & 0x1f, "FIN and PSH only at the end");
        assertEquals(before == 0, (flags & 0x80) != 0, "CWR only at the beginning");
      }
      if (!ipv6) {
        assertEquals((0xfff0 + before / 1400) & 0xffff, slice.getShort(18) & 0xffff);
        assertEquals(0xffff, sum(slice, 14, 20), "checksum of the IPv4 header");
      }
      assertEquals(pseudoHeader(slice, ipv6, udp, length - start), checksumField(slice, left));
      payload.write(slice.array(), headers, length - headers);
      slices++;
    }
    byte[] all = new byte[40_001];
    frame.get(headers, all);
    assertArrayEquals(all, payload.toByteArray());
    assertTrue(slices > 1);
  }

  @Test
  void leavesAloneWhatIsShortEnoughOrNoSuperFrame() {
    ByteBuffer frame = superFrame(false, false, 5_000);
    long offload = offload(false, false);
    assertFalse(cutter.begin(frame, 0, frame.capacity(), offload, 6_000));
    assertFalse(cutter.begin(frame, 0, frame.capacity(), Offload.checksum(34, 16), 1_000));
    assertFalse(cutter.begin(frame, 0, frame.capacity(), Offload.NONE, 1_000));
  }

  @Test
  void refusesOffloadThatDoesNotFit() {
    ByteBuffer frame = superFrame(false, false, 5_000);
    int length = frame.capacity();
    assertTrue(valid(frame, length, Offload.of(Offload.TYPE_TCP4, 1400, 34, 16)));
    assertFalse(valid(frame, length, Offload.of(Offload.TYPE_TCP6, 1400, 34, 16)), "type");
    assertFalse(valid(frame, length, Offload.of(Offload.TYPE_UDP, 1400, 34, 6)), "protocol");
    assertFalse(valid(frame, length, Offload.of(3, 1400, 34, 16)), "no such type");
    assertFalse(valid(frame, length, Offload.of(0x81, 1400, 34, 16)), "ECN bit");
    assertFalse(valid(frame, length, Offload.of(Offload.TYPE_TCP4, 0, 34, 16)), "segment");
    assertFalse(valid(frame, length, Offload.of(Offload.TYPE_TCP4, 1400, 35, 16)), "start");
    assertFalse(valid(frame, length, Offload.of(Offload.TYPE_TCP4, 1400, 34, 6)), "offset");
    assertFalse(valid(frame, length - 1, Offload.of(Offload.TYPE_TCP4, 1400, 34, 16)), "length");
    assertFalse(valid(frame, 40, Offload.of(Offload.TYPE_TCP4, 1400, 34, 16)), "cut short");
    assertFalse(valid(frame, length, Offload.of(Offload.TYPE_NONE, 1400, 34, 16)));
    assertTrue(valid(frame, length, Offload.checksum(34, 16)));
    assertFalse(valid(frame, length, Offload.checksum(0, 16)));
    assertFalse(valid(frame, length, Offload.checksum(13, 16)));
    assertFalse(valid(frame, 51, Offload.checksum(34, 16)), "checksum beyond the end");
    assertTrue(valid(frame, 52, Offload.checksum(34, 16)));
    assertFalse(valid(frame, length, Offload.of(0, 0, 0xffff, 0xffff)));
  }

  @Test
  void readsNothingOutsideWhateverItIsGiven() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100_000; i++) {
      ByteBuffer frame = superFrame(random.nextBoolean(), random.nextBoolean(), 3_000);
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        frame.put(random.nextInt(60), (byte) random.nextInt());
      }
      int length = random.nextInt(14, frame.capacity());
      ByteBuffer cut = ByteBuffer.allocate(length).put(0, frame, 0, length);
      long offload =
          Offload.of(
              random.nextInt(7), random.nextInt(1500), random.nextInt(80), random.nextInt(20));
      boolean fits = SuperFrames.isValid(cut, 0, length, offload);
      if (cutter.begin(cut, 0, length, offload, 1_000)) {
        assertTrue(fits, "seed " + seed);
        while (cutter.nextLength() > 0) {
          cutter.write(slice, 0);
        }
      }
    }
  }

  private static boolean valid(ByteBuffer frame, int length, long offload) {
    return SuperFrames.isValid(frame, 0, length, offload);
  }

  private static long offload(boolean ipv6, boolean udp) {
    int type = udp ? Offload.TYPE_UDP : ipv6 ? Offload.TYPE_TCP6 : Offload.TYPE_TCP4;
    return Offload.of(type, 1400, ipv6 ? 54 : 34, udp ? 6 : 16);
  }

  private static ByteBuffer superFrame(boolean ipv6, boolean udp, int payload) {
    int start = ipv6 ? 54 : 34;
    int transport = (udp ? 8 : 20) + payload;
    ByteBuffer frame = ByteBuffer.allocate(start + transport);
    for (int i = start; i < frame.capacity(); i++) {
      frame.put(i, (byte) (i * 7));
    }
    frame.put(0, new byte[] {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2});
    frame.putShort(12, (short) (ipv6 ? 0x86dd : 0x0800));
    if (ipv6) {
      frame.put(14, (byte) 0x60).putShort(18, (short) transport).put(20, (byte) (udp ? 17 : 6));
      frame.put(21, (byte) 64).putLong(22, 0x20010db8L << 32).putLong(38, 0x20010db8L << 32);
    } else {
      frame
          .put(14, (byte) 0x45)
          .putShort(16, (short) (20 + transport))
          .putShort(18, (short) 0xfff0);
      frame.put(22, (byte) 64).put(23, (byte) (udp ? 17 : 6));
      frame.putInt(26, 0x0a200001).putInt(30, 0x0a200002);
    }
    if (udp) {
      frame.putShort(start + 4, (short) transport);
    } else {
      frame.putInt(start + 4, 0x7fffff00).put(start + 12, (byte) 0x50).put(start + 13, (byte) 0x99);
    }
    return frame;
  }

  private static int checksumField(ByteBuffer frame, long offload) {
    int at = Offload.checksumStart(offload) + Offload.checksumOffset(offload);
    return frame.getShort(at) & 0xffff;
  }

  private static int pseudoHeader(ByteBuffer frame, boolean ipv6, boolean udp, int transport) {
    ByteBuffer pseudo = ByteBuffer.allocate(40);
    pseudo.put(0, frame, ipv6 ? 22 : 26, ipv6 ? 32 : 8);
    pseudo.putInt(32, transport).putInt(36, udp ? 17 : 6);
    return sum(pseudo, 0, 40);
  }

  private static int sum(ByteBuffer buffer, int offset, int bytes) {
    int sum = 0;
    for (int i = offset; i < offset + bytes; i += 2) {
      sum += buffer.getShort(i) & 0xffff;
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }
}
