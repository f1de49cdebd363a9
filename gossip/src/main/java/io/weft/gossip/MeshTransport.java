package io.weft.gossip;

import io.weft.gossip.wire.MeshMessage;
import java.net.InetSocketAddress;

/**
 * What the mesh core asks of the shell that owns the TCP sockets. A link is one TCP connection,
 * known by a number that is never used twice. Called on the conductor thread; never blocks.
 *
 * <p>The shell answers with {@code Mesh.onHandshaken}, {@code onMessage}, {@code onWritable} and
 * exactly one {@code onClosed} per link, each on the conductor thread. It delivers no message
 * before {@link #startReading}, bounds what waits in either direction, closes a link whose peer
 * stays silent for 60 s or takes no bytes, and sends no heartbeats by itself.
 */
public interface MeshTransport {
  /** Dials an address and shakes hands; returns the new link's number at once. */
  long dial(InetSocketAddress address);

  /**
   * Starts delivering messages of a link whose handshake is complete and which the core has added.
   */
  void startReading(long link);

  /** Whether the link takes more bytes now; {@code onWritable} follows when that becomes true. */
  boolean isWritable(long link);

  /**
   * Whether the link takes heartbeats and control now: these do not wait for what other links have
   * to write. When that becomes true, {@code onWritable} follows if {@link #isWritable} was asked.
   */
  default boolean takesControl(long link) {
    return isWritable(link);
  }

  /** Queues a message; ignored when the link is gone. */
  void send(long link, MeshMessage message);

  /** Closes a link; {@code onClosed} follows with this reason unless it came already. */
  void close(long link, String reason);
}
