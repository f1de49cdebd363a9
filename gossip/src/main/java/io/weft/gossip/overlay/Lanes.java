package io.weft.gossip.overlay;

/**
 * The data-plane threads. Each lane is one thread with buffers of its own, so that two of them can
 * hand frames to the same forwarder without a lock.
 */
public final class Lanes {
  /** The thread that captures frames from the bridge. */
  public static final int CAPTURE = 0;

  /** The thread that receives datagrams from peers. */
  public static final int RECEIVE = 1;

  /** The conductor, for heartbeats and probes. */
  public static final int CONDUCTOR = 2;

  /** The thread that takes what the kernel overlay does not carry alone. */
  public static final int FASTPATH = 3;

  /** How many lanes there are. */
  public static final int COUNT = 4;

  private Lanes() {}
}
