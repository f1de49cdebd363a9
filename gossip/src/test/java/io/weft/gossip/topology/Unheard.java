package io.weft.gossip.topology;

/** For tests that take no notice of what a topology reports. */
public final class Unheard implements TopologyEvents {
  @Override
  public void selfChanged() {}

  @Override
  public void shortIdsInvalidated() {}

  @Override
  public void shortIdReassigned() {}

  @Override
  public void foreignClaim() {}

  @Override
  public void peersDropped(int count) {}
}
