package io.weft.fastpath;

import io.weft.linux.XfrmState;
import java.util.Arrays;
import java.util.Optional;

/**
 * The message by which a router tells how packets to it are to be encrypted (overlay.md C.8.2).
 *
 * @param nonce 32 random bytes, the salt of the key's derivation
 * @param spi security parameters index, 32 bits
 */
record EspSetup(byte[] nonce, int spi) {
  /** Bytes of the message. */
  static final int BYTES = 64;

  /** Bytes of the nonce. */
  static final int NONCE_BYTES = 32;

  byte[] encode() {
    byte[] message = Arrays.copyOf(nonce, BYTES);
    for (int i = 0; i < Integer.BYTES; i++) {
      message[NONCE_BYTES + i] = (byte) (spi >>> ((Integer.BYTES - 1 - i) * Byte.SIZE));
    }
    return message;
  }

  /** Reads a message; empty if it has another length or names no association. */
  static Optional<EspSetup> parse(byte[] message) {
    if (message.length != BYTES) {
      return Optional.empty();
    }
    int spi = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      spi = spi << Byte.SIZE | Byte.toUnsignedInt(message[NONCE_BYTES + i]);
    }
    return Integer.compareUnsigned(spi, XfrmState.LEAST_SPI) < 0
        ? Optional.empty()
        : Optional.of(new EspSetup(Arrays.copyOf(message, NONCE_BYTES), spi));
  }
}
