package io.weft.sleeve.v2;

/** A connection that nothing comes of. */
final class SilentOwner implements ReceiveSessionOwner {
  @Override
  public long remotePeer() {
    return 1;
  }

  @Override
  public long localPeer() {
    return 2;
  }

  @Override
  public void onTraffic() {}

  @Override
  public void onHeartbeat(int number, long connectionUid, int ipv4, int port) {}

  @Override
  public void onHeartbeatAck(int number) {}

  @Override
  public void onProbe(int pathMtu) {}

  @Override
  public void onProbeAck(int pathMtu) {}

  @Override
  public void onReport(int epoch, long expected, long received) {}
}
