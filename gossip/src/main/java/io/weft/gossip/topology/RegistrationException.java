package io.weft.gossip.topology;

/** A peer that cannot be registered after its handshake (mesh.md 6.2). */
public final class RegistrationException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean permanent;

  RegistrationException(String message, boolean permanent) {
    super(message);
    this.permanent = permanent;
  }

  /** Whether dialling the address again cannot help. */
  public boolean isPermanent() {
    return permanent;
  }
}
