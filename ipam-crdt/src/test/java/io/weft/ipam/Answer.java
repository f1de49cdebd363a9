package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Receives the result of an operation and insists that there is at most one. */
final class Answer implements Consumer<AllocationResult> {
  private final List<AllocationResult> results = new ArrayList<>();

  @Override
  public void accept(AllocationResult result) {
    results.add(result);
    assertEquals(1, results.size(), () -> "answered more than once: " + results);
  }

  boolean isPending() {
    return results.isEmpty();
  }

  AllocationResult result() {
    assertTrue(!results.isEmpty(), "not answered yet");
    return results.getFirst();
  }

  Cidr cidr() {
    return assertInstanceOf(AllocationResult.Allocated.class, result()).cidr();
  }

  String failure() {
    return assertInstanceOf(AllocationResult.Failed.class, result()).message();
  }

  String explanation() {
    return assertInstanceOf(AllocationResult.Unavailable.class, result()).explanation();
  }

  boolean isCancelled() {
    return result() instanceof AllocationResult.Cancelled;
  }
}
