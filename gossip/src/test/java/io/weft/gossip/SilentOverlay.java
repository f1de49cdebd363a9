package io.weft.gossip;

import io.weft.gossip.overlay.OverlayConnection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The overlay of one connection, which carries nothing.
 *
 * @param whenConfirmed what it does when it is confirmed
 */
record SilentOverlay(Runnable whenConfirmed) implements OverlayConnection {
  @Override
  public void confirm() {
    whenConfirmed.run();
  }

  @Override
  public void onControl(int index, int subTag, byte[] body) {}

  @Override
  public void onLegacyControl(int tag, byte[] body) {}

  @Override
  public void stop() {}

  @Override
  public String displayName() {
    return "sleeve";
  }

  @Override
  public SortedMap<String, Object> attributes() {
    return new TreeMap<>(Map.of("mtu", 1438));
  }
}
