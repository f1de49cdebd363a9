package io.weft.cli;

/** Ends a command with a message for standard error and an exit code. */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  CommandFailure(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  static CommandFailure of(String message) {
    return new CommandFailure(ExitCode.FAILURE, message);
  }

  int exitCode() {
    return exitCode;
  }
}
