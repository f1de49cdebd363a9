package io.weft.router.http;

import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.IpamException;
import java.util.concurrent.Executor;

/** Runs requests on the conductor, so that each gets an answer whatever happens there. */
final class ConductorCalls {
  /** Something that may turn out not to be possible. */
  @FunctionalInterface
  interface Attempt {
    void run() throws InvalidAddressException, IpamException;
  }

  private final Executor conductor;

  ConductorCalls(Executor conductor) {
    this.conductor = conductor;
  }

  /** Runs an attempt for a client that is still there; a refusal becomes a 400. */
  void run(Exchange exchange, Attempt attempt) {
    conductor.execute(() -> {
      if (exchange.isGone()) {
        return;
      }
      boolean completed = false;
      try {
        attempt.run();
        completed = true;
      } catch (InvalidAddressException | IpamException e) {
        exchange.respond(ApiResponse.error(400, String.valueOf(e.getMessage())));
        completed = true;
      } finally {
        // The error itself goes to the conductor, which logs and counts it.
        if (!completed) {
          exchange.respond(ApiResponse.error(500, "internal error, see the router's log"));
        }
      }
    });
  }

  /** Runs a task that no client waits for. */
  void run(Runnable task) {
    conductor.execute(task);
  }
}
