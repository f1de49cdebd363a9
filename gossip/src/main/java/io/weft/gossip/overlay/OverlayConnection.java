package io.weft.gossip.overlay;

import java.util.SortedMap;

/** The overlays of one mesh connection taken together. Conductor thread. */
public interface OverlayConnection {
  /** The mesh connection is in the topology; called once, before its messages are read. */
  void confirm();

  /** A tag 7 message; an index beyond the common overlays is ignored and counted. */
  void onControl(int index, int subTag, byte[] body);

  /** A tag 1 to 3 message; ignored and counted unless the peer announced no overlays. */
  void onLegacyControl(int tag, byte[] body);

  /** Ends every forwarder; nothing is reported afterwards. */
  void stop();

  /** The overlay that carries frames now, as status shows it, or {@code none}. */
  String displayName();

  /** Attributes of the overlay that carries frames now. */
  SortedMap<String, Object> attributes();
}
