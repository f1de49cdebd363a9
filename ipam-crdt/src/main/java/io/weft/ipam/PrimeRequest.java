package io.weft.ipam;

import java.util.function.Consumer;

/**
 * Waits for a ring, of whoever's making (ipam.md 8.2, {@code GET /ring}). Its caller is told only
 * that the wait is over, whatever the result.
 */
final class PrimeRequest extends Request {
  PrimeRequest(RequestDesk desk, Patience patience, Consumer<AllocationResult> reply) {
    super(desk, patience, reply);
  }

  @Override
  String ident() {
    return "";
  }

  @Override
  boolean attempt() {
    desk().establishRing();
    if (desk().state().ring().isEmpty()) {
      return false;
    }
    answer(new AllocationResult.Cancelled());
    return true;
  }
}
