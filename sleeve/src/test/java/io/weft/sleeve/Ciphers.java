package io.weft.sleeve;

import io.weft.linux.Sodium;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Assumptions;

/** Sealers and openers of either library for tests, and buffers for them. */
final class Ciphers {
  private Ciphers() {}

  /** Skips the test without the library; in continuous integration (CI=true) it fails instead. */
  static void require(CipherLibrary library) {
    if (library == CipherLibrary.SODIUM && !Sodium.isAvailable()) {
      String reason = Sodium.description();
      if ("true".equals(System.getenv("CI"))) {
        throw new IllegalStateException(reason + "; not skipped because CI=true");
      }
      Assumptions.abort(reason);
    }
  }

  static DatagramSealer sealer(CipherLibrary library, byte[] key, boolean dialler) {
    return new DatagramSealer(library, key, dialler, new byte[65_535]);
  }

  static DatagramOpener opener(CipherLibrary library, byte[] key, boolean dialler) {
    return new DatagramOpener(library, key, dialler, new byte[65_535]);
  }

  static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
  }
}
