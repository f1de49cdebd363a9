package io.weft.router.options;

/** A command line that cannot be carried out; the message says why and what is accepted. */
public final class UsageException extends Exception {
  /** Exit code for flags that do not exist or lack their value. */
  public static final int BAD_FLAG = 2;

  /** Exit code for values that are not acceptable. */
  public static final int BAD_VALUE = 1;

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /** A refusal; the exit code is one of the constants above. */
  public UsageException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** What the process is to end with. */
  public int exitCode() {
    return exitCode;
  }
}
