package io.weft.ipam;

import io.weft.gossip.Timed;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How long a caller waits for its answer.
 *
 * @param isGone whether the caller has gone away; asked on the conductor before each try, so that
 *     nothing is taken for nobody (ipam.md 8.2, Cancellation)
 * @param timeoutNanos after which it gets {@link AllocationResult.Unavailable}; {@link Timed#NEVER}
 *     to wait until there is an address, or there has been none anywhere for ten minutes
 */
public record Patience(BooleanSupplier isGone, long timeoutNanos) {
  /** Of a caller that never goes away and sets no limit. */
  public static final Patience ENDLESS = new Patience(() -> false, Timed.NEVER);

  /** Of a caller that may go away and sets no limit. */
  public static Patience until(BooleanSupplier isGone) {
    return new Patience(isGone, Timed.NEVER);
  }

  /** The same with a limit. */
  public Patience atMost(Duration timeout) {
    return new Patience(isGone, timeout.toNanos());
  }

  boolean isLimited() {
    return timeoutNanos != Timed.NEVER;
  }
}
