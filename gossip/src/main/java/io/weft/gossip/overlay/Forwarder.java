package io.weft.gossip.overlay;

import io.weft.gossip.Timed;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One overlay on one mesh connection. All methods but {@link #forward} and {@link #flush} run on
 * the conductor thread.
 */
public interface Forwarder extends Timed {
  /** The mesh connection is in the topology: start heartbeats. Called once. */
  void confirm();

  /** A control message from the neighbour's forwarder; unknown sub-tags are ignored. */
  void onControl(int subTag, byte[] body);

  /** Ends the forwarder and frees what it holds; nothing is reported afterwards. */
  void stop();

  /** The overlay's name as status shows it. */
  String displayName();

  /**
   * Why this overlay is not fit to carry frames now, as one word for status that begins with the
   * overlay's name, such as {@code fastdp-no-heartbeat}; empty when it is fit. An overlay that may
   * be on hold says here why.
   */
  default String complaint() {
    return "";
  }

  /** Attributes for {@code status connections} and the report: {@code mtu}, {@code encrypted}. */
  SortedMap<String, Object> attributes();

  /** What was counted of this way; null for an overlay that does not count by neighbour. */
  default @Nullable PathStatistics statistics() {
    return null;
  }

  /**
   * Takes frame {@code index} of {@code batch} for the neighbour, on the thread that owns {@code
   * lane}. The frame, which may have an {@link Offload}, is copied or sent before this returns;
   * {@link #flush} sends what is gathered.
   *
   * @param sourcePeer value of the name of the router that captured the frame
   * @param destinationPeer value of the name of the final router, or the neighbour for a broadcast
   * @param broadcast the frame goes to several peers
   * @return false when this overlay cannot carry frames between these peers, so another may
   */
  boolean forward(
      int lane,
      FrameBatch batch,
      int index,
      long sourcePeer,
      long destinationPeer,
      boolean broadcast);

  /** Ends a vector of frames: sends whatever {@link #forward} has gathered on {@code lane}. */
  void flush(int lane);
}
