package io.weft.router.forwarding;

import io.weft.gossip.overlay.ForwarderEvents;

/** Ignores what a forwarder reports. */
final class NoEvents implements ForwarderEvents {
  @Override
  public void established() {}

  @Override
  public void healthy(boolean healthy) {}

  @Override
  public void failed(String reason) {}

  @Override
  public void sendControl(int subTag, byte[] body) {}
}
