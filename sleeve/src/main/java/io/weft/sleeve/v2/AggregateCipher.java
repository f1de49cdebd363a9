package io.weft.sleeve.v2;

import java.security.GeneralSecurityException;
import java.util.EnumMap;
import java.util.Map;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;

/**
 * Seals and opens aggregates with the platform's ciphers. One lane.
 *
 * <p>A call allocates: the platform wants an object for each nonce and makes some of its own, 1,124
 * bytes in all (docs/encryption.md). Source and target must be different arrays, because opening in
 * place is three times slower.
 */
final class AggregateCipher {
  /** Result of {@link #open}: not sealed by the neighbour under this key. */
  static final int NOT_AUTHENTIC = -1;

  private static final int NONCE_BYTES = 12;

  private final Map<Aead, Cipher> ciphers = new EnumMap<>(Aead.class);
  private final byte[] nonce = new byte[NONCE_BYTES];

  /**
   * Seals {@code length} bytes from 0 on.
   *
   * @param counter never used before under this key
   * @param header what is authenticated beside them: its first {@value
   *     Sleeve2Protocol#AUTHENTIC_HEADER_BYTES} bytes
   * @return bytes in {@code sealed}, which are {@value Sleeve2Protocol#TAG_BYTES} more
   */
  int seal(SealingKey key, long counter, byte[] header, byte[] plain, int length, byte[] sealed) {
    try {
      Cipher cipher = cipher(key.aead());
      cipher.init(Cipher.ENCRYPT_MODE, key.key(), key.aead().nonce(nonce(key.salt(), counter)));
      cipher.updateAAD(header, 0, Sleeve2Protocol.AUTHENTIC_HEADER_BYTES);
      return cipher.doFinal(plain, 0, length, sealed, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing cannot fail", e);
    }
  }

  /**
   * Opens {@code length} bytes from 0 on.
   *
   * @return bytes in {@code plain}, or {@link #NOT_AUTHENTIC}
   */
  int open(SealingKey key, long counter, byte[] header, byte[] sealed, int length, byte[] plain) {
    if (length < Sleeve2Protocol.TAG_BYTES) {
      return NOT_AUTHENTIC;
    }
    try {
      Cipher cipher = cipher(key.aead());
      cipher.init(Cipher.DECRYPT_MODE, key.key(), key.aead().nonce(nonce(key.salt(), counter)));
      cipher.updateAAD(header, 0, Sleeve2Protocol.AUTHENTIC_HEADER_BYTES);
      return cipher.doFinal(sealed, 0, length, plain, 0);
    } catch (AEADBadTagException e) {
      return NOT_AUTHENTIC;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("opening fails on the tag alone", e);
    }
  }

  private Cipher cipher(Aead aead) {
    Cipher cipher = ciphers.get(aead);
    if (cipher == null) {
      cipher = aead.newCipher();
      ciphers.put(aead, cipher);
    }
    return cipher;
  }

  private byte[] nonce(int salt, long counter) {
    for (int i = 0; i < Integer.BYTES; i++) {
      nonce[i] = (byte) (salt >>> (8 * (Integer.BYTES - 1 - i)));
    }
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[Integer.BYTES + i] = (byte) (counter >>> (8 * (Long.BYTES - 1 - i)));
    }
    return nonce;
  }
}
