package io.weft.ipam;

/** An allocation, claim or wait that may still be pending. Conductor thread only. */
public interface Operation {
  /**
   * Gives up: when it is still unanswered, the callback gets its cancelled result now and no
   * address is kept. Harmless afterwards.
   *
   * @return whether this call ended it
   */
  boolean cancel();

  /**
   * The result was given to the callback but did not reach the caller. An address that was taken
   * for it is freed, unless another answer named the same address; a claim that was answered early
   * is given up. Harmless when there is nothing to take back, and when repeated.
   */
  void undelivered();

  /** Whether the callback has run. */
  boolean isDone();
}
