package io.weft.gossip;

import io.weft.gossip.wire.Handshaken;
import io.weft.gossip.wire.MeshMessage;

/**
 * What the shell that owns the TCP sockets tells the mesh core; the other half of {@link
 * MeshTransport}. Every method runs on the conductor thread.
 *
 * <p>For a link the calls come in this order: at most one {@code onHandshaken}, then (after {@link
 * MeshTransport#startReading}) any number of {@code onMessage} and {@code onWritable}, then exactly
 * one {@code onClosed}. A dialled link that never completes its handshake gets {@code onClosed}
 * only; an accepted one that never does is counted by the shell and not reported.
 */
public interface MeshLinkEvents {
  /** The handshake of a dialled or accepted link is complete (mesh.md 1.2, before REGISTER). */
  void onHandshaken(long link, Handshaken handshaken);

  /** A message arrived. */
  void onMessage(long link, MeshMessage message);

  /** The link takes bytes again, or at least control, after {@code isWritable} was false. */
  void onWritable(long link);

  /**
   * The link is gone.
   *
   * @param reason for operators, worded as in mesh.md 12
   */
  void onClosed(long link, String reason);

  /**
   * A dialled link is gone because no TCP connection came up; called instead of {@link #onClosed}
   * by shells that know.
   *
   * @param reason for operators, worded as in mesh.md 12
   */
  default void onDialFailed(long link, String reason) {
    onClosed(link, reason);
  }
}
