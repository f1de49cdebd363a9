package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.weft.gossip.overlay.FrameBatch;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Gathering, sealing, opening, replay check and parsing allocate nothing per frame once warm. The
 * ciphers of both libraries are included: the bound is zero for them too.
 */
final class AllocationTest {
  private static final int WARM_UP_VECTORS = 300;
  private static final int VECTORS = 200;
  private static final int FRAMES = 64;

  // The whole measurement may cost this much for what the JVM does beside it; a single object per
  // frame would be 200 kB.
  private static final long NOISE_BYTES = 4_096;

  private final byte[] key = Vectors.parse(Vectors.json("sleeve-enc-nodf-seq5").get("key"));
  private final ByteBuffer frame = ByteBuffer.allocateDirect(1_414);
  private final ByteBuffer plain = DatagramOpener.room();
  private final FrameList list = new FrameList();
  private final FrameBatch batch = new FrameBatch(256, 256 * 1024);
  private long sequence;
  private long framesParsed;

  @Test
  void steadyStateAllocatesNothingInTheClear() {
    measure(new DatagramVector(Sealing.PLAIN), null, null);
  }

  @ParameterizedTest
  @EnumSource(CipherLibrary.class)
  void steadyStateAllocatesNothingWhenSealed(CipherLibrary library) {
    Ciphers.require(library);
    measure(
        new DatagramVector(Sealing.ENCRYPTED),
        Ciphers.sealer(library, key, true),
        Ciphers.opener(library, key, false));
  }

  private void measure(
      DatagramVector vector, @Nullable DatagramSealer sealer, @Nullable DatagramOpener opener) {
    frame.put(0, (byte) 2);
    rounds(vector, sealer, opener, WARM_UP_VECTORS);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    rounds(vector, sealer, opener, VECTORS);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertEquals((long) (WARM_UP_VECTORS + VECTORS) * FRAMES, framesParsed);
    assertTrue(allocated <= NOISE_BYTES, allocated + " bytes for " + VECTORS * FRAMES + " frames");
  }

  private void rounds(
      DatagramVector vector,
      @Nullable DatagramSealer sealer,
      @Nullable DatagramOpener opener,
      int rounds) {
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < FRAMES; i++) {
        vector.add(frame, 0, frame.capacity(), Vectors.A, Vectors.B, 1_472, 1_472);
      }
      for (int i = 0; i < vector.count(); i++) {
        ByteBuffer slab = vector.slab();
        int offset = vector.offset(i);
        int length = vector.length(i);
        FrameList.putName(slab, offset, Vectors.A);
        if (sealer != null && opener != null) {
          sealer.seal(slab, offset, length, sequence++);
          int bytes = opener.open(slab, offset, length, plain);
          list.wrap(plain, DatagramOpener.FRAMES, DatagramOpener.FRAMES + bytes);
        } else {
          list.wrap(slab, offset + 6, offset + length);
        }
        while (list.next()) {
          batch.add(list.data(), list.frame(), list.length(), list.source(), list.destination());
          framesParsed++;
        }
      }
      batch.clear();
      vector.clear();
    }
  }
}
