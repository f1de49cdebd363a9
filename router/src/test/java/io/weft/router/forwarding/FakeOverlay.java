package io.weft.router.forwarding;

import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.wire.RemoteFeatures;
import org.jspecify.annotations.Nullable;

/** An overlay whose forwarders record what they are told to do. */
final class FakeOverlay implements Overlay {
  final String name;

  /** What it gives way to; empty for nothing. */
  String givesWayTo = "";

  /** Why it serves no connection; empty when it does. */
  String refusal = "";

  private @Nullable FakeForwarder last;

  FakeOverlay(String name) {
    this.name = name;
  }

  /** That of the connection prepared last. */
  FakeForwarder forwarder() {
    FakeForwarder made = last;
    if (made == null) {
      throw new AssertionError("no forwarder of " + name + " was made");
    }
    return made;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean givesWay(String other, RemoteFeatures features) {
    return other.equals(givesWayTo);
  }

  @Override
  public Forwarder prepare(ForwarderParameters parameters, ForwarderEvents events)
      throws OverlayException {
    if (!refusal.isEmpty()) {
      throw new OverlayException(refusal);
    }
    FakeForwarder fresh = new FakeForwarder(name, events);
    last = fresh;
    return fresh;
  }
}
