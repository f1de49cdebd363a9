package io.weft.gossip.overlay;

import java.util.Map;

/** All overlays of this router, as the mesh sees them. Conductor thread. */
public interface OverlayHost {
  /** Adds {@code Overlays} and what each overlay announces to our feature map; thread-safe. */
  void addFeatures(Map<String, String> features);

  /**
   * Prepares every overlay that both ends run (overlay.md A.2).
   *
   * @throws OverlayException when there is none: {@code no overlays in common with peer}
   */
  OverlayConnection prepare(ForwarderParameters parameters, OverlayConnectionEvents events)
      throws OverlayException;
}
