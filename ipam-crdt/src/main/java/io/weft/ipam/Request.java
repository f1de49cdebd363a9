package io.weft.ipam;

import io.weft.gossip.Timed;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An operation on its way: tried at once and then again whenever something may have changed. */
abstract sealed class Request implements Operation
    permits AllocateRequest, ClaimRequest, PrimeRequest {
  private final RequestDesk desk;
  private final Patience patience;
  private final Consumer<AllocationResult> reply;
  private Handouts.@Nullable Handout handout;
  private long sinceNanos;
  private long withheldSinceNanos = Timed.NEVER;
  private boolean isAnswered;
  private boolean isDone;

  Request(RequestDesk desk, Patience patience, Consumer<AllocationResult> reply) {
    this.desk = desk;
    this.patience = patience;
    this.reply = reply;
  }

  /** Tries; answers whether it needs no more tries. Nothing is taken for a caller that is gone. */
  final boolean advance() {
    if (!isAnswered && patience.isGone().getAsBoolean()) {
      answer(new AllocationResult.Cancelled());
      return true;
    }
    return attempt();
  }

  final Patience patience() {
    return patience;
  }

  /** Remembers when it came. */
  final void came(long nowNanos) {
    sinceNanos = nowNanos;
  }

  /** When it came. */
  final long sinceNanos() {
    return sinceNanos;
  }

  /**
   * For how long it has been kept from addresses of ours that nobody is given.
   *
   * @param isWithheld whether that is so now; to be told every few seconds
   */
  final long withheldNanos(boolean isWithheld, long nowNanos) {
    if (!isWithheld) {
      withheldSinceNanos = Timed.NEVER;
      return 0;
    }
    if (withheldSinceNanos == Timed.NEVER) {
      withheldSinceNanos = nowNanos;
    }
    return nowNanos - withheldSinceNanos;
  }

  /** Tries for a caller that waits, or was answered early. */
  abstract boolean attempt();

  /** Whose it is. */
  abstract String ident();

  final RequestDesk desk() {
    return desk;
  }

  final boolean isAnswered() {
    return isAnswered;
  }

  /** Answers, once the state is stored; only the first answer counts. */
  final void answer(AllocationResult result) {
    if (isAnswered) {
      return;
    }
    isAnswered = true;
    desk.outbox()
        .reply(() -> {
          isDone = true;
          reply.accept(result);
        });
  }

  final boolean fail(String message) {
    answer(new AllocationResult.Failed(message));
    return true;
  }

  final boolean succeed(Cidr cidr) {
    if (handout == null) {
      handout = desk.state().handouts().of(cidr.address());
      if (handout != null) {
        handout.addAnswer();
      }
    }
    answer(new AllocationResult.Allocated(cidr));
    return true;
  }

  @Override
  public final boolean cancel() {
    return !isAnswered && desk.cancel(this);
  }

  @Override
  public final void undelivered() {
    desk.undelivered(this);
  }

  /** Forgets the address it was answered with; answers its taking, null when it had none. */
  final Handouts.@Nullable Handout takeHandout() {
    Handouts.Handout taken = handout;
    handout = null;
    return taken;
  }

  @Override
  public final boolean isDone() {
    return isDone;
  }
}
