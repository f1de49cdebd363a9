package io.weft.sleeve;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;

/**
 * How many bytes a second each library seals and opens on one core, in the way the data path does
 * it: datagrams of one size next to one another in a slab. Not a test; it prints medians.
 */
public final class CipherBenchmark {
  private static final int[] DATAGRAM_BYTES = {100, 1_400, 60_000};
  private static final int SLAB_BYTES = 64 * 1024;
  private static final int ROUNDS = 15;
  private static final long ROUND_NANOS = 200_000_000;

  private final DatagramSealer sealer;
  private final DatagramOpener opener;
  private final int size;
  private final ByteBuffer slab = ByteBuffer.allocateDirect(SLAB_BYTES);
  private final ByteBuffer room = DatagramOpener.room();
  private long sequence;

  private CipherBenchmark(CipherLibrary library, int size) {
    byte[] key = new byte[32];
    sealer = Ciphers.sealer(library, key, true);
    opener = Ciphers.opener(library, key, false);
    this.size = size;
  }

  /** Takes no arguments. */
  public static void main(String[] arguments) {
    PrintStream out = System.out;
    out.println("library          bytes  seal MB/s  seal ns  open MB/s  open ns");
    for (int size : DATAGRAM_BYTES) {
      for (CipherLibrary library : EnumSet.of(CipherLibrary.BOUNCY_CASTLE, CipherLibrary.best())) {
        double[] nanos = new CipherBenchmark(library, size).measure();
        out.printf(
            "%-15s %6d %10.0f %8.0f %10.0f %8.0f%n",
            library, size, size * 1e3 / nanos[0], nanos[0], size * 1e3 / nanos[1], nanos[1]);
      }
    }
  }

  /** Median nanoseconds of sealing and of opening one datagram. */
  private double[] measure() {
    double[] seals = new double[ROUNDS];
    double[] opens = new double[ROUNDS];
    for (int round = -ROUNDS / 3; round < ROUNDS; round++) {
      long sealing = 0;
      long opening = 0;
      long datagrams = 0;
      while (sealing + opening < ROUND_NANOS) {
        long start = System.nanoTime();
        int count = sealAll();
        long sealed = System.nanoTime();
        openAll(count);
        opening += System.nanoTime() - sealed;
        sealing += sealed - start;
        datagrams += count;
      }
      if (round >= 0) {
        seals[round] = (double) sealing / datagrams;
        opens[round] = (double) opening / datagrams;
      }
    }
    Arrays.sort(seals);
    Arrays.sort(opens);
    return new double[] {seals[ROUNDS / 2], opens[ROUNDS / 2]};
  }

  private int sealAll() {
    int count = 0;
    for (int at = SleeveProtocol.SEND_SLAB_START; at + size <= SLAB_BYTES; at += size) {
      sealer.seal(slab, at, size, sequence++);
      count++;
    }
    return count;
  }

  private void openAll(int count) {
    for (int i = 0; i < count; i++) {
      int bytes = opener.open(slab, SleeveProtocol.SEND_SLAB_START + i * size, size, room);
      if (bytes < 0) {
        throw new IllegalStateException("datagram " + i + " does not open: " + bytes);
      }
    }
  }
}
