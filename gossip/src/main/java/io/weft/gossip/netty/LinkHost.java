package io.weft.gossip.netty;

import io.weft.gossip.EventTime;
import io.weft.gossip.MeshLinkEvents;
import io.weft.gossip.wire.CloseCause;
import io.weft.gossip.wire.MeshConnectionParameters;
import java.util.random.RandomGenerator;

/** What a link needs of the transport that owns it. Called on the event loop. */
interface LinkHost {
  MeshConnectionParameters connectionParameters();

  /** The clock, brought up to date. */
  EventTime time();

  RandomGenerator random();

  TransportMetrics metrics();

  LinkLimits limits();

  InboundRoom room();

  /** Counts bytes waiting to be written, of all links; any thread. */
  void addPending(long bytes);

  /** Whether all links together have too much to be written; any thread. */
  boolean isFull();

  MeshLinkEvents events();

  /** Runs a task on the conductor. */
  void onConductor(Runnable task);

  void handshaken(Link link);

  void closed(Link link, CloseCause cause);
}
