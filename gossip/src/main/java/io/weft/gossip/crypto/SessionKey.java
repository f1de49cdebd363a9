package io.weft.gossip.crypto;

import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.bouncycastle.math.ec.rfc7748.X25519;

/** How two ends that know the same password agree on a key (mesh.md 2.2). */
public final class SessionKey {
  /** Bytes of private, public and session keys. */
  public static final int BYTES = 32;

  private static final int HSALSA_INPUT_BYTES = 16;

  private SessionKey() {}

  /** The public key that belongs to 32 random bytes. */
  public static byte[] publicKey(byte[] privateKey) {
    checkLength(privateKey);
    byte[] publicKey = new byte[BYTES];
    X25519.scalarMultBase(privateKey, 0, publicKey, 0);
    return publicKey;
  }

  /**
   * The key of a session.
   *
   * @param privateKey ours, 32 bytes
   * @param theirPublicKey 32 bytes from the wire
   * @param password UTF-8 bytes of the password, not empty
   * @throws InvalidKeyException when their key is one that no honest end sends: the agreement would
   *     not depend on ours (mesh.md 13, S3)
   */
  public static byte[] derive(byte[] privateKey, byte[] theirPublicKey, byte[] password)
      throws InvalidKeyException {
    checkLength(privateKey);
    checkLength(theirPublicKey);
    byte[] agreed = new byte[BYTES];
    if (!X25519.calculateAgreement(privateKey, 0, theirPublicKey, 0, agreed, 0)) {
      throw new InvalidKeyException("peer sent a public key of low order");
    }
    byte[] shared = SalsaStream.hsalsa20(agreed, new byte[HSALSA_INPUT_BYTES]);
    wipe(agreed);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(shared);
      return digest.digest(password);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    } finally {
      wipe(shared);
    }
  }

  /** Overwrites a key that is no longer needed. */
  public static void wipe(byte[] key) {
    Arrays.fill(key, (byte) 0);
  }

  private static void checkLength(byte[] key) {
    if (key.length != BYTES) {
      throw new IllegalArgumentException("key of " + key.length + " bytes instead of 32");
    }
  }
}
