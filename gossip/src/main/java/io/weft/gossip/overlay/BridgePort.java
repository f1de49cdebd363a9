package io.weft.gossip.overlay;

/** The router's port on the bridge: delivers what the bridge sends and takes what goes into it. */
public interface BridgePort extends AutoCloseable {
  /** Starts delivering captured frames on a thread of its own, which owns {@link Lanes#CAPTURE}. */
  void start(FrameSink sink);

  /**
   * Puts frame {@code index} of {@code batch} on the bridge, on the thread that owns {@code lane}.
   */
  void inject(int lane, FrameBatch batch, int index);

  /** What status calls this port, for example {@code vethwe-pcap (via pcap)}. */
  String description();

  /** Frames captured, dropped by the kernel, and dropped by the interface, in this order. */
  long[] captureStatistics();

  @Override
  void close();
}
