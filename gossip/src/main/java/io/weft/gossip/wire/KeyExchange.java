package io.weft.gossip.wire;

import io.weft.gossip.crypto.SessionKey;
import java.security.InvalidKeyException;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Our part in agreeing on a key, or on none (mesh.md 1.4, 1.5 and 2.2). */
final class KeyExchange {
  private final byte @Nullable [] password;
  private final byte[] privateKey = new byte[SessionKey.BYTES];
  private byte @Nullable [] sessionKey;

  KeyExchange(byte @Nullable [] password, RandomGenerator random) {
    this.password = password;
    if (password != null) {
      random.nextBytes(privateKey);
    }
  }

  boolean encrypts() {
    return password != null;
  }

  /** What version 2 sends: a flag and, with a password, our public key. */
  byte[] announcement() {
    if (!encrypts()) {
      return new byte[] {0};
    }
    byte[] keys = new byte[1 + SessionKey.BYTES];
    keys[0] = 1;
    System.arraycopy(SessionKey.publicKey(privateKey), 0, keys, 1, SessionKey.BYTES);
    return keys;
  }

  /** What version 1 puts into the feature map. */
  String publicKeyText() {
    return HexFormat.of().formatHex(SessionKey.publicKey(privateKey));
  }

  /** Fails unless both ends have a password or neither has. */
  void check(boolean theirs) throws MeshFaultException {
    if (encrypts() && !theirs) {
      throw new MeshFaultException(
          CloseCause.ENCRYPTION,
          "password specified, but peer requested an unencrypted connection");
    }
    if (theirs && !encrypts()) {
      throw new MeshFaultException(
          CloseCause.ENCRYPTION,
          "no password specificed, but peer requested an encrypted connection");
    }
  }

  /** Derives the session key. */
  Sealing agree(byte[] theirPublicKey, boolean outbound) throws MeshFaultException {
    byte[] secret = password;
    if (secret == null) {
      throw new IllegalStateException("keys are exchanged with a password only");
    }
    try {
      byte[] key = SessionKey.derive(privateKey, theirPublicKey, secret);
      sessionKey = key;
      return new Sealing(key, outbound);
    } catch (InvalidKeyException e) {
      throw new MeshFaultException(CloseCause.ENCRYPTION, String.valueOf(e.getMessage()), e);
    }
  }

  /** The same with a key as version 1 sends it. */
  Sealing agree(String theirPublicKey, boolean outbound) throws MeshFaultException {
    byte[] key;
    try {
      key = HexFormat.of().parseHex(theirPublicKey);
    } catch (IllegalArgumentException e) {
      throw new MeshFaultException(CloseCause.ENCRYPTION, "malformed public key", e);
    }
    if (key.length != SessionKey.BYTES) {
      throw new MeshFaultException(CloseCause.ENCRYPTION, "malformed public key");
    }
    return agree(key, outbound);
  }

  /** A copy of the session key, null without a password. */
  byte @Nullable [] sessionKey() {
    byte[] key = sessionKey;
    return key == null ? null : key.clone();
  }

  void wipe() {
    SessionKey.wipe(privateKey);
    byte[] key = sessionKey;
    if (key != null) {
      SessionKey.wipe(key);
      sessionKey = null;
    }
  }
}
