package io.weft.fastpath;

import io.weft.gossip.PeerName;

/** Learns what the kernel has learned. Conductor thread. */
public interface KernelListener {
  /** Frames of an address come from a peer now, ourselves included. */
  void learnedByKernel(long mac, PeerName owner);

  /** What {@link FastdpOverlay#sync} is given has changed. */
  void changed();
}
