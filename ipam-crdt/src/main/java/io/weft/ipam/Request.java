package io.weft.ipam;

import java.util.function.Consumer;

/** An operation on its way: tried at once and then again whenever something may have changed. */
abstract sealed class Request implements Operation
    permits AllocateRequest, ClaimRequest, PrimeRequest {
  private final RequestDesk desk;
  private final Consumer<AllocationResult> reply;
  private boolean isAnswered;
  private boolean isDone;

  Request(RequestDesk desk, Consumer<AllocationResult> reply) {
    this.desk = desk;
    this.reply = reply;
  }

  /** Tries; answers whether it needs no more tries. */
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
    answer(new AllocationResult.Allocated(cidr));
    return true;
  }

  @Override
  public final boolean cancel() {
    return !isAnswered && desk.cancel(this);
  }

  @Override
  public final boolean isDone() {
    return isDone;
  }
}
