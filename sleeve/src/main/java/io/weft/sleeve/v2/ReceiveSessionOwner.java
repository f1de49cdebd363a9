package io.weft.sleeve.v2;

import io.weft.sleeve.LaneCounters;

/**
 * The connection that receives under a session. On the thread of the session's worker, which owns
 * the lane that it tells.
 */
interface ReceiveSessionOwner {
  /**
   * Where what is received of this connection is counted.
   *
   * @param totals which is enough unless the connection has a part of them
   */
  default LaneCounters<Sleeve2Counter> counters(LaneCounters<Sleeve2Counter> totals) {
    return totals;
  }

  /** The worker that takes what arrives under a session of an epoch, counted from 0. */
  default int worker(int session) {
    return 0;
  }

  /** Value of the neighbour's name. */
  long remotePeer();

  /** Value of our own name. */
  long localPeer();

  /** Frames have arrived: a report is due soon. */
  void onTraffic(int lane);

  /** A heartbeat with this number has arrived from an address. */
  void onHeartbeat(int lane, int number, long connectionUid, int ipv4, int port);

  /** Our heartbeat with this number has arrived. */
  void onHeartbeatAck(int lane, int number);

  /** A probe for this path MTU has arrived. */
  void onProbe(int lane, int pathMtu);

  /** Our probe for this path MTU has arrived. */
  void onProbeAck(int lane, int pathMtu);

  /** What has arrived of what we have sent during an epoch. */
  void onReport(int lane, int epoch, long expected, long received);
}
