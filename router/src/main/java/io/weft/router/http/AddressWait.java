package io.weft.router.http;

import io.weft.ipam.AllocationResult;
import io.weft.ipam.Operation;
import io.weft.ipam.Patience;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A client that waits for the allocator. When it goes away its request ends, and what it was
 * answered with in vain is given back. Conductor thread only, except where noted.
 */
final class AddressWait {
  /** Something to wait for. */
  @FunctionalInterface
  interface Start {
    Operation begin(Patience patience, Consumer<AllocationResult> reply);
  }

  private final ConductorCalls conductor;
  private final Exchange exchange;
  private final Function<AllocationResult, ApiResponse> answers;
  private @Nullable Operation operation;

  /**
   * A client that asks for nothing yet.
   *
   * @param answers what each result reads like
   */
  AddressWait(
      ConductorCalls conductor,
      Exchange exchange,
      Function<AllocationResult, ApiResponse> answers) {
    this.conductor = conductor;
    this.exchange = exchange;
    this.answers = answers;
  }

  /**
   * Begins to wait.
   *
   * @param timeout how long at most; as long as it takes if not given
   */
  void begin(Optional<Duration> timeout, Start start) {
    Patience patience = Patience.until(exchange::isGone);
    Operation started = start.begin(timeout.map(patience::atMost).orElse(patience), this::answer);
    operation = started;
    exchange.onGone(() -> conductor.run(started::cancel));
  }

  /** The event that gives it back comes after this one, which may not know the operation yet. */
  private void answer(AllocationResult result) {
    exchange.respond(answers.apply(result).whenUndelivered(() -> conductor.run(this::undelivered)));
  }

  private void undelivered() {
    if (operation != null) {
      operation.undelivered();
    }
  }
}
