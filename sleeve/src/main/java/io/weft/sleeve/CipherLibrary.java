package io.weft.sleeve;

import io.weft.linux.Sodium;

/** Who computes XSalsa20-Poly1305: on the wire it is the same. Any thread. */
enum CipherLibrary {
  /** Vector code on off-heap memory; where the host has the library. */
  SODIUM {
    @Override
    DatagramCipher cipher(byte[] key, int nonceByte, byte[] scratch) {
      return new SodiumCipher(key, nonceByte);
    }

    @Override
    String description() {
      return Sodium.description();
    }
  },

  /** Java code on arrays; everywhere, and several times slower. */
  BOUNCY_CASTLE {
    @Override
    DatagramCipher cipher(byte[] key, int nonceByte, byte[] scratch) {
      return new HeapCipher(key, nonceByte, scratch);
    }

    @Override
    String description() {
      return "Bouncy Castle";
    }

    @Override
    String advice() {
      return "Bouncy Castle; libsodium (Debian's libsodium23) would be several times faster";
    }
  };

  /** The fastest that this host has. */
  static CipherLibrary best() {
    return Sodium.isAvailable() ? SODIUM : BOUNCY_CASTLE;
  }

  /**
   * A cipher of one direction.
   *
   * @param key 32 bytes
   * @param nonceByte first byte of every nonce
   * @param scratch at least 65535 bytes; the cipher's within a call, and somebody else's between
   */
  abstract DatagramCipher cipher(byte[] key, int nonceByte, byte[] scratch);

  /** Name, and version where it is the host's. */
  abstract String description();

  /** {@link #description}, and what would be better. */
  String advice() {
    return description();
  }
}
