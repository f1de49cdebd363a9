package io.weft.fastpath;

import io.weft.gossip.PeerName;

/** Learns what the kernel has learned. Conductor thread. */
public interface KernelListener {
  /** Frames of an address come from a peer now, ourselves included. */
  void learnedByKernel(long mac, PeerName owner);

  /** The ways to all peers carry packets of so many bytes: the bridge may as well. */
  void carries(int mtuBytes);

  /** What {@link FastdpOverlay#sync} is given has changed. */
  void changed();
}
