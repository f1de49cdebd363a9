package io.weft.cli.demo;

/** A step of the demonstration that did not go as it must. */
public final class DemoFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Describes the step.
   *
   * @param step what was done
   * @param expected what should have been seen
   * @param seen what was seen instead
   */
  public DemoFailure(String step, String expected, String seen) {
    super("%s%n  expected: %s%n  seen:     %s".formatted(step, expected, seen.strip()));
  }
}
