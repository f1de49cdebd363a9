package io.weft.gossip.netty;

/** Why a connection was ended because it cost too much. */
public enum Cutoff {
  /** A large message did not go on while others waited for its memory. */
  SLOW_MESSAGE,

  /** There was no memory for its large message for minutes. */
  STARVED,

  /**
   * It had too much to be written, or the most of those that stood still while all had too much.
   */
  BACKLOG,

  /** It took no byte for half a minute. */
  WRITE_TIMEOUT
}
