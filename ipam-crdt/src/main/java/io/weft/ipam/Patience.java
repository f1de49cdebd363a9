package io.weft.ipam;

import java.util.function.BooleanSupplier;

/**
 * How long a caller waits for its answer.
 *
 * @param isGone whether the caller has gone away; asked on the conductor before each try, so that
 *     nothing is taken for nobody (ipam.md 8.2, Cancellation)
 */
public record Patience(BooleanSupplier isGone) {
  /** Of a caller that never goes away. */
  public static final Patience ENDLESS = new Patience(() -> false);

  /** Of a caller that may go away. */
  public static Patience until(BooleanSupplier isGone) {
    return new Patience(isGone);
  }
}
