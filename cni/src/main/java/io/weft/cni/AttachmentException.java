package io.weft.cni;

import java.io.IOException;

/** A container that can not be attached for a reason that its user can mend. */
public final class AttachmentException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With what to tell the user. */
  public AttachmentException(String message) {
    super(message);
  }
}
