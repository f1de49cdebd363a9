package io.weft.gossip.crypto;

import org.bouncycastle.crypto.engines.Salsa20Engine;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.util.Pack;

/** Salsa20 under one key whose nonce can be changed without allocating. */
final class SalsaStream extends Salsa20Engine {
  private static final int KEY_BYTES = 32;
  private static final int HALF_KEY_WORDS = 4;
  private static final int INPUT_BYTES = 16;

  /** "expand 32-byte k", little-endian, on the diagonal of the state. */
  private static final int[] CONSTANTS = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

  /** Positions of the state words that make up HSalsa20's output. */
  private static final int[] OUTPUT_WORDS = {0, 5, 10, 15, 6, 7, 8, 9};

  private final byte[] nonce = new byte[Long.BYTES];

  SalsaStream(byte[] key) {
    init(true, new ParametersWithIV(new KeyParameter(key), nonce));
  }

  /** Starts the stream of a nonce, given as a big-endian number, at its first byte. */
  void start(long nonceNumber) {
    Pack.longToBigEndian(nonceNumber, nonce, 0);
    setKey(null, nonce);
    reset();
  }

  /** Overwrites the key; the stream is that of another key afterwards. */
  void wipe() {
    setKey(new byte[KEY_BYTES], nonce);
    reset();
  }

  /** HSalsa20: 32 bytes out of a key and an input of 16 bytes (mesh.md 2.2). */
  static byte[] hsalsa20(byte[] key, byte[] input) {
    if (key.length != KEY_BYTES || input.length != INPUT_BYTES) {
      throw new IllegalArgumentException("HSalsa20 takes 32 and 16 bytes");
    }
    int[] state = new int[16];
    for (int i = 0; i < HALF_KEY_WORDS; i++) {
      state[5 * i] = CONSTANTS[i];
      state[1 + i] = Pack.littleEndianToInt(key, 4 * i);
      state[6 + i] = Pack.littleEndianToInt(input, 4 * i);
      state[11 + i] = Pack.littleEndianToInt(key, 16 + 4 * i);
    }
    int[] mixed = new int[16];
    salsaCore(DEFAULT_ROUNDS, state, mixed);
    byte[] output = new byte[KEY_BYTES];
    for (int i = 0; i < OUTPUT_WORDS.length; i++) {
      int word = OUTPUT_WORDS[i];
      // The core adds its input to the mixed words, which HSalsa20 leaves out.
      Pack.intToLittleEndian(mixed[word] - state[word], output, 4 * i);
    }
    return output;
  }
}
