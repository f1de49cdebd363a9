package io.weft.linux;

import java.io.IOException;

/**
 * A request that the kernel refused: what was attempted, the error number and its name, and the
 * kernel's own explanation where it gave one.
 */
public final class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String attempted;
  private final int errno;
  private final String kernelText;

  /**
   * A refusal that the kernel explained.
   *
   * @param attempted what was attempted, as it reads after "cannot": {@code add link "weave"}
   * @param errno positive error number
   * @param kernelText the kernel's explanation (netlink extended acknowledgement); empty if none
   */
  public LinuxException(String attempted, int errno, String kernelText) {
    super(message(attempted, errno, kernelText));
    this.attempted = attempted;
    this.errno = errno;
    this.kernelText = kernelText;
  }

  /** A refusal without an explanation beyond the error number. */
  public LinuxException(String attempted, int errno) {
    this(attempted, errno, "");
  }

  private static String message(String attempted, int errno, String kernelText) {
    String reason = "cannot " + attempted + ": " + Errno.text(errno);
    String explanation = kernelText.isEmpty() ? "" : ": " + kernelText;
    return reason + " (" + Errno.symbol(errno) + ")" + explanation;
  }

  /**
   * Returns {@code result}, or throws what the last call of this thread left when it is negative.
   */
  static int check(int result, String attempted) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(attempted, LibC.errno());
    }
    return result;
  }

  /** What was attempted. */
  public String attempted() {
    return attempted;
  }

  /** The error number, one of {@link Errno} or another positive number. */
  public int errno() {
    return errno;
  }

  /** The symbolic name of the error number. */
  public String symbol() {
    return Errno.symbol(errno);
  }

  /** The kernel's explanation, empty if it gave none. */
  public String kernelText() {
    return kernelText;
  }
}
