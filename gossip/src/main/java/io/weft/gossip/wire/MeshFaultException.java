package io.weft.gossip.wire;

import java.io.Serial;

/** Ends a connection; its message is the reason shown to operators (mesh.md 12). */
final class MeshFaultException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final CloseCause kind;

  MeshFaultException(CloseCause kind, String reason) {
    super(reason);
    this.kind = kind;
  }

  MeshFaultException(CloseCause kind, String reason, Throwable cause) {
    super(reason, cause);
    this.kind = kind;
  }

  CloseCause kind() {
    return kind;
  }
}
