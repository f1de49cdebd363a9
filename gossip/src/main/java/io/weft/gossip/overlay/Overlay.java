package io.weft.gossip.overlay;

import io.weft.gossip.wire.RemoteFeatures;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;

/** A data plane that can carry frames to neighbours (overlay.md A). Conductor thread. */
public interface Overlay {
  /** The name in the feature map, for example {@code sleeve}; no spaces. */
  String name();

  /**
   * What the report says of this overlay as a whole, in order of the keys: strings, numbers and
   * booleans. Nothing secret.
   */
  default SortedMap<String, Object> diagnostics() {
    return Collections.emptySortedMap();
  }

  /** Adds what this overlay announces besides its name; never changes existing keys. */
  default void addFeatures(Map<String, String> features) {}

  /**
   * Whether another overlay, one that both ends offer, is to be preferred on a connection though it
   * comes later in our order. It should follow from what both ends have announced, so that both say
   * the same; the numbers of overlays stay as they are. Asked at the beginning of a connection, and
   * again when the router has reason to.
   *
   * @param other its name
   * @param features all the neighbour announced
   */
  default boolean givesWay(String other, RemoteFeatures features) {
    return false;
  }

  /**
   * Makes the forwarder of a new mesh connection. It stays silent until confirmed but must stand
   * datagrams and control messages that arrive earlier.
   *
   * @throws OverlayException when this overlay cannot serve the connection; its slot stays, dead
   */
  Forwarder prepare(ForwarderParameters parameters, ForwarderEvents events) throws OverlayException;
}
