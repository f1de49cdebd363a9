package io.weft.gossip.overlay;

/**
 * The data-plane threads. Each lane is one thread with buffers of its own, so that two of them can
 * hand frames to the same forwarder without a lock; one thread may own several lanes.
 *
 * <p>A router has one worker or several, at most {@link #MAX_WORKERS}. A worker has a lane for what
 * it captures and one for what it receives; those of worker 0 have names, {@link #CAPTURE} and
 * {@link #RECEIVE}. Lanes are numbered so that a router with fewer workers uses the lower numbers
 * only. What a lane needs is made when it is first used.
 */
public final class Lanes {
  /** The thread that captures frames from the bridge: worker 0. */
  public static final int CAPTURE = 0;

  /** The thread that receives datagrams from peers: worker 0. */
  public static final int RECEIVE = 1;

  /** The conductor, for heartbeats and probes. */
  public static final int CONDUCTOR = 2;

  /** The thread that takes what the kernel overlay does not carry alone. */
  public static final int FASTPATH = 3;

  /** Our choice: most workers of a router. */
  public static final int MAX_WORKERS = 8;

  private static final int LANES_OF_ONE = 4;

  /** How many lanes a router with {@link #MAX_WORKERS} has. */
  public static final int COUNT = count(MAX_WORKERS);

  private Lanes() {}

  /** How many lanes a router with so many workers has, 1 to {@link #MAX_WORKERS}. */
  public static int count(int workers) {
    if (workers < 1 || workers > MAX_WORKERS) {
      throw new IllegalArgumentException("1 to 8 workers are possible, not " + workers);
    }
    return LANES_OF_ONE + 2 * (workers - 1);
  }

  /** The lane of what a worker captures. */
  public static int capture(int worker) {
    return worker == 0 ? CAPTURE : LANES_OF_ONE + 2 * (worker - 1);
  }

  /** The lane of what a worker receives. */
  public static int receive(int worker) {
    return capture(worker) + 1;
  }

  /** The worker of a lane; 0 for the lanes of none. */
  public static int worker(int lane) {
    return lane < LANES_OF_ONE ? 0 : (lane - LANES_OF_ONE) / 2 + 1;
  }
}
