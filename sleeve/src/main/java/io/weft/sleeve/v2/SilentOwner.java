package io.weft.sleeve.v2;

/**
 * A connection that nothing comes of: for sessions without a neighbour.
 *
 * @param localPeer value of the name that frames without names are for
 * @param remotePeer value of the name that they are from
 */
record SilentOwner(long localPeer, long remotePeer) implements ReceiveSessionOwner {
  @Override
  public void onTraffic(int lane) {}

  @Override
  public void onHeartbeat(int lane, int number, long connectionUid, int ipv4, int port) {}

  @Override
  public void onHeartbeatAck(int lane, int number) {}

  @Override
  public void onProbe(int lane, int pathMtu) {}

  @Override
  public void onProbeAck(int lane, int pathMtu) {}

  @Override
  public void onReport(int lane, int epoch, long expected, long received) {}
}
