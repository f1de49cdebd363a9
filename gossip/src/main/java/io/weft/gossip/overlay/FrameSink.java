package io.weft.gossip.overlay;

/** Where frames go that a data plane has captured or received: the router. */
public interface FrameSink {
  /** Frames captured from the bridge, on the thread that owns {@code lane} (overlay.md E.2). */
  void captured(int lane, FrameBatch frames);

  /** Frames from peers, each with its source and destination peer (overlay.md E.3). */
  void received(int lane, FrameBatch frames);

  /**
   * Frames from peers with which the kernel overlay needs help: those for others are to be passed
   * on, those for this router have been put on the bridge, and neighbours that the kernel reaches
   * have their copies.
   */
  default void punted(int lane, FrameBatch frames) {
    received(lane, frames);
  }
}
