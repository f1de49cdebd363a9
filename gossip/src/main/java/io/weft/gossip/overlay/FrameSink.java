package io.weft.gossip.overlay;

/** Where frames go that a data plane has captured or received: the router. */
public interface FrameSink {
  /** Frames captured from the bridge, on the thread that owns {@code lane} (overlay.md E.2). */
  void captured(int lane, FrameBatch frames);

  /** Frames from peers, each with its source and destination peer (overlay.md E.3). */
  void received(int lane, FrameBatch frames);
}
