package io.weft.gossip.netty;

/** Why a connection was ended because it cost too much. */
public enum Cutoff {
  /** A large message did not arrive in time while others waited for its memory. */
  SLOW_MESSAGE,

  /** It had too much to be written, or took nothing while all together had too much. */
  BACKLOG,

  /** It took no byte for half a minute. */
  WRITE_TIMEOUT
}
