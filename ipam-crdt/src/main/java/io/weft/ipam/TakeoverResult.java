package io.weft.ipam;

import io.weft.gossip.PeerName;

/** How taking over a vanished peer's space ended. */
public sealed interface TakeoverResult {
  /**
   * The space is ours, or there was none.
   *
   * @param addresses unused addresses gained, whoever has got some of them at once; 0 for ourselves
   *     and for nobody we know
   */
  record Taken(long addresses) implements TakeoverResult {}

  /**
   * The owners have agreed on another taker.
   *
   * @param taker who has it
   */
  record TakenBy(PeerName taker) implements TakeoverResult {}

  /**
   * Nobody has taken anything.
   *
   * @param message why, and who has not answered
   */
  record Failed(String message) implements TakeoverResult {}
}
