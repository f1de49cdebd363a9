package io.weft.router.http;

import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A request of one client: open, then either answered or left, and never both. */
final class ClientExchange implements Exchange {
  private static final System.Logger LOGGER = System.getLogger(ClientExchange.class.getName());

  /** What happens to a request, each state holding what its client's departure would set off. */
  private sealed interface State {
    record Open(@Nullable Runnable onGone) implements State {}

    record Answered() implements State {}

    record Gone() implements State {}
  }

  private final Executor eventLoop;
  private final Consumer<ApiResponse> writer;
  private final AtomicReference<State> state = new AtomicReference<>(new State.Open(null));

  /**
   * An open request.
   *
   * @param writer writes the answer, on the event loop
   */
  ClientExchange(Executor eventLoop, Consumer<ApiResponse> writer) {
    this.eventLoop = eventLoop;
    this.writer = writer;
  }

  @Override
  public void respond(ApiResponse response) {
    if (end(new State.Answered()) == null) {
      response.undelivered();
    } else {
      eventLoop.execute(() -> writer.accept(response));
    }
  }

  @Override
  public void respondLater(Supplier<ApiResponse> response) {
    if (end(new State.Answered()) != null) {
      eventLoop.execute(() -> writer.accept(render(response)));
    }
  }

  /** A failure to render is a fault of ours; the client still gets an answer. */
  private static ApiResponse render(Supplier<ApiResponse> response) {
    try {
      return response.get();
    } catch (RuntimeException e) {
      LOGGER.log(Level.ERROR, "cannot render an answer", e);
      return ApiResponse.error(500, "internal error, see the router's log");
    }
  }

  @Override
  public boolean isGone() {
    return state.get() instanceof State.Gone;
  }

  @Override
  public void onGone(Runnable action) {
    State seen = state.get();
    while (seen instanceof State.Open && !state.compareAndSet(seen, new State.Open(action))) {
      seen = state.get();
    }
    if (seen instanceof State.Gone) {
      action.run();
    }
  }

  /** The client has gone away; returns whether it was still waiting. */
  boolean leave() {
    State.Open open = end(new State.Gone());
    Runnable action = open == null ? null : open.onGone;
    if (action != null) {
      action.run();
    }
    return open != null;
  }

  private State.@Nullable Open end(State last) {
    State seen = state.get();
    while (seen instanceof State.Open open) {
      if (state.compareAndSet(seen, last)) {
        return open;
      }
      seen = state.get();
    }
    return null;
  }
}
