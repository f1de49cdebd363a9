package io.weft.tests.overlaybench;

/** A path cannot be measured on this machine; the message says why. */
final class LeftOutException extends Exception {
  private static final long serialVersionUID = 1L;

  LeftOutException(String reason) {
    super(reason);
  }
}
