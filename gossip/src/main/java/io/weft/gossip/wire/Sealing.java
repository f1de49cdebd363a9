package io.weft.gossip.wire;

import io.weft.gossip.crypto.SecretBox;
import org.jspecify.annotations.Nullable;

/**
 * Seals and opens the messages of one connection, counting both directions (mesh.md 2.3); without a
 * password it passes them through.
 */
final class Sealing {
  private final @Nullable SecretBox out;
  private final @Nullable SecretBox in;
  private long sealed;
  private long opened;

  /** Passes messages through. */
  Sealing() {
    out = null;
    in = null;
  }

  Sealing(byte[] sessionKey, boolean outbound) {
    int ours = outbound ? MeshProtocol.NONCE_DIALLER : MeshProtocol.NONCE_ACCEPTOR;
    int theirs = outbound ? MeshProtocol.NONCE_ACCEPTOR : MeshProtocol.NONCE_DIALLER;
    out = new SecretBox(sessionKey, ours);
    in = new SecretBox(sessionKey, theirs);
  }

  int overhead() {
    return out == null ? 0 : SecretBox.OVERHEAD;
  }

  /** Writes the next message into a target with room for it and {@link #overhead()}. */
  void seal(byte[] plain, byte[] target, int offset) {
    if (out == null) {
      System.arraycopy(plain, 0, target, offset, plain.length);
    } else {
      out.seal(sealed++, plain, 0, plain.length, target, offset);
    }
  }

  byte[] open(byte[] received) throws MeshFaultException {
    if (in == null) {
      return received;
    }
    byte[] plain = new byte[Math.max(0, received.length - SecretBox.OVERHEAD)];
    if (!in.open(opened++, received, 0, received.length, plain, 0)) {
      throw new MeshFaultException(CloseCause.DECRYPTION, "Unable to decrypt TCP msg");
    }
    return plain;
  }

  void wipe() {
    if (out != null) {
      out.wipe();
    }
    if (in != null) {
      in.wipe();
    }
  }
}
