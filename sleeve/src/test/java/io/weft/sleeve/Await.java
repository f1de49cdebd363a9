package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for conditions, with a bound. */
public final class Await {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private Await() {}

  /** Turns both routers' conductors until the condition holds. */
  static void until(String what, SleeveRouter a, SleeveRouter b, BooleanSupplier condition) {
    until(
        what,
        () -> {
          a.turn();
          b.turn();
          return condition.getAsBoolean();
        });
  }

  /** Turns one router's conductor until the condition holds. */
  static void until(String what, SleeveRouter router, BooleanSupplier condition) {
    until(
        what,
        () -> {
          router.turn();
          return condition.getAsBoolean();
        });
  }

  /** Waits until the condition holds. */
  public static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail("waited in vain: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
