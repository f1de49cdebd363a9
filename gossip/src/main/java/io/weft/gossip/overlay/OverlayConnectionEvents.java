package io.weft.gossip.overlay;

import io.weft.gossip.wire.MeshMessage;

/** What the overlays of one mesh connection report to the mesh. Conductor thread. */
public interface OverlayConnectionEvents {
  /** Some overlay works: the connection counts in routes from now on. Reported once. */
  void established();

  /** No overlay can work any more: the mesh connection is to be closed with this reason. */
  void failed(String reason);

  /** Sends a control message (tag 7, or 1 to 3 toward a peer that announced no overlays). */
  void send(MeshMessage control);
}
