package io.weft.tests.simulation;

import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.overlay.OverlayConnectionEvents;
import io.weft.gossip.overlay.OverlayHost;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** An overlay that carries nothing and works a while after it was confirmed. */
final class SimulatedOverlays implements OverlayHost {
  private static final long MAX_DELAY_NANOS = 2 * Schedule.SECOND;

  /** Runs an action on this router after a delay, unless the router has ended by then. */
  interface Later {
    void after(long delayNanos, Runnable action);
  }

  private final Later later;
  private final RandomGenerator random;

  SimulatedOverlays(Later later, RandomGenerator random) {
    this.later = later;
    this.random = random;
  }

  @Override
  public void addFeatures(Map<String, String> features) {
    features.put("Overlays", "sleeve");
  }

  @Override
  public OverlayConnection prepare(ForwarderParameters parameters, OverlayConnectionEvents events) {
    return new Silent(random.nextLong(MAX_DELAY_NANOS), later, events);
  }

  /** The overlay of one connection. */
  private static final class Silent implements OverlayConnection {
    private final long delayNanos;
    private final Later later;
    private final OverlayConnectionEvents events;
    private boolean stopped;

    Silent(long delayNanos, Later later, OverlayConnectionEvents events) {
      this.delayNanos = delayNanos;
      this.later = later;
      this.events = events;
    }

    @Override
    public void confirm() {
      later.after(
          delayNanos,
          () -> {
            if (!stopped) {
              events.established();
            }
          });
    }

    @Override
    public void onControl(int index, int subTag, byte[] body) {}

    @Override
    public void onLegacyControl(int tag, byte[] body) {}

    @Override
    public void stop() {
      stopped = true;
    }

    @Override
    public String displayName() {
      return "sleeve";
    }

    @Override
    public SortedMap<String, Object> attributes() {
      return new TreeMap<>();
    }
  }
}
