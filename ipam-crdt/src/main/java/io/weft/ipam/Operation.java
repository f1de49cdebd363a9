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

  /** Whether the callback has run. */
  boolean isDone();
}
