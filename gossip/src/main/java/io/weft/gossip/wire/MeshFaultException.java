package io.weft.gossip.wire;

import java.io.Serial;

/** Ends a connection; its message is the reason shown to operators (mesh.md 12). */
final class MeshFaultException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  MeshFaultException(String reason) {
    super(reason);
  }

  MeshFaultException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
