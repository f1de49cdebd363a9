package io.weft.gossip.overlay;

import java.io.IOException;
import java.util.function.Consumer;

/** The router's port on the bridge: delivers what the bridge sends and takes what goes into it. */
public interface BridgePort extends AutoCloseable {
  /**
   * Starts delivering captured frames on one thread, which owns {@link Lanes#CAPTURE}.
   *
   * @param onFault told once, on that thread, when it ends without {@link #close}: no frame will be
   *     captured any more
   * @throws IOException when the kernel does not let it begin
   */
  void start(FrameSink sink, Consumer<String> onFault) throws IOException;

  /**
   * Puts frame {@code index} of {@code batch} on the bridge, on the thread that owns {@code lane}.
   * The frame may have an {@link Offload}. A TCP segment may be kept until {@link #flush}, so its
   * batch stays as it is until then; of any other frame nothing is needed once this has returned.
   */
  void inject(int lane, FrameBatch batch, int index);

  /** Ends a vector of frames: puts on the bridge whatever {@link #inject} has kept back. */
  default void flush(int lane) {}

  /** What status calls this port, for example {@code vethwe-pcap (via pcap)}. */
  String description();

  /** Frames captured, dropped by the kernel, and dropped by the interface, in this order. */
  long[] captureStatistics();

  /** Frames that the interface did not take, or whose offload does not fit them; any thread. */
  long injectionsRefused();

  @Override
  void close();
}
