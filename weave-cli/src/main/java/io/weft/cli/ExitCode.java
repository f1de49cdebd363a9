package io.weft.cli;

/** What the {@code weave} command returns to its caller; scripts depend on these numbers. */
final class ExitCode {
  static final int OK = 0;

  /** Anything that went wrong and has no number of its own, wrong usage included. */
  static final int FAILURE = 1;

  /** A router flag that is unknown or not supported yet, as the router itself would answer. */
  static final int BAD_FLAG = 2;

  static final int ALREADY_RUNNING = 3;

  /** The control API knows no such path, for example {@code prime} with address allocation off. */
  static final int NOT_FOUND = 4;

  /** Nothing listens on the control port. */
  static final int NOT_RUNNING = 7;

  private ExitCode() {}
}
