package io.weft.sleeve.v2;

import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/** The ciphers of {@code sleeve2}: keys of 32, nonces of 12 and tags of 16 bytes. */
enum Aead {
  /** AES-256-GCM (NIST SP 800-38D): the faster one where the processor has AES. */
  AES_256_GCM("aes256gcm", "AES/GCM/NoPadding", "AES"),
  /** ChaCha20-Poly1305 (RFC 8439). */
  CHACHA20_POLY1305("chacha20", "ChaCha20-Poly1305", "ChaCha20");

  private final String wireName;
  private final String transformation;
  private final String keyAlgorithm;

  Aead(String wireName, String transformation, String keyAlgorithm) {
    this.wireName = wireName;
    this.transformation = transformation;
    this.keyAlgorithm = keyAlgorithm;
  }

  /** The name in the feature map. */
  String wireName() {
    return wireName;
  }

  /** What the Java platform calls keys of this cipher. */
  String keyAlgorithm() {
    return keyAlgorithm;
  }

  /** A new instance of the platform's cipher. */
  Cipher newCipher() {
    try {
      return Cipher.getInstance(transformation);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + transformation, e);
    }
  }

  /** A nonce in the form that the platform's cipher takes. */
  AlgorithmParameterSpec nonce(byte[] nonce) {
    return this == AES_256_GCM
        ? new GCMParameterSpec(8 * Sleeve2Protocol.TAG_BYTES, nonce)
        : new IvParameterSpec(nonce);
  }

  /** Both, in the order that suits this processor. */
  static List<Aead> preference(boolean processorHasAes) {
    return processorHasAes
        ? List.of(AES_256_GCM, CHACHA20_POLY1305)
        : List.of(CHACHA20_POLY1305, AES_256_GCM);
  }
}
