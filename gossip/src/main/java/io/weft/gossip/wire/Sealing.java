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

  /**
   * Seals the next message where it is.
   *
   * @param length of the sealed message, whose plain text begins {@link #overhead()} bytes behind
   *     {@code offset}
   */
  void seal(byte[] data, int offset, int length) {
    if (out != null) {
      int plain = length - SecretBox.OVERHEAD;
      out.seal(sealed++, data, offset + SecretBox.OVERHEAD, plain, data, offset);
    }
  }

  /**
   * Opens the next message where it is.
   *
   * @return where its plain text begins, which ends where the sealed one did
   */
  int open(byte[] data, int offset, int length) throws MeshFaultException {
    if (in == null) {
      return offset;
    }
    int plain = offset + SecretBox.OVERHEAD;
    if (length < SecretBox.OVERHEAD || !in.open(opened++, data, offset, length, data, plain)) {
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
