package io.weft.router.forwarding;

import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.topology.Routes;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The path of every frame (overlay.md E.2 to E.4).
 *
 * <pre>
 *   bridge --captured--&gt; known here: leave it    overlay --received--&gt; not for us: relay
 *                        known there: next hop                         else: bridge, and flood on
 *                        unknown: flood                                when not known to be here
 * </pre>
 *
 * <p>{@link #captured} and {@link #received} run on the data-plane threads. They read one immutable
 * table per batch, allocate nothing, lock nothing and log nothing; addresses they do not know go to
 * the conductor through a bounded ring. A forwarder may hand in a frame while it is given one
 * (overlay.md B.11). All other methods belong to the conductor.
 */
public final class ForwardingPlane implements FrameSink {
  private static final int ETHERNET_HEADER_BYTES = 14;
  private static final int SOURCE_OFFSET = 6;

  // By specification (overlay.md E.2): only this address, not the rest of its block.
  private static final long SPANNING_TREE_MAC = 0x0180c2000000L;

  private static final long GROUP_BIT = 0x010000000000L;

  private final long self;
  private final MacTable macTable;
  private final Counters counters;
  private final LongSupplier clockNanos;
  private final Lane[] lanes;
  private final AtomicBoolean hintsAnnounced = new AtomicBoolean();
  private final Runnable announceHints;
  private volatile ForwardingTable table;
  private volatile @Nullable BridgePort bridgePort;
  private volatile @Nullable KernelLearning kernel;

  /**
   * A plane without routes.
   *
   * @param workers of the router
   * @param clockNanos the monotonic clock, read once per batch on the data-plane threads
   * @param announceHints asks the conductor to call {@link #drainHints} soon; any thread, must not
   *     block
   */
  public ForwardingPlane(
      PeerName self,
      int workers,
      MacTable macTable,
      Counters counters,
      LongSupplier clockNanos,
      HintAnnouncer announceHints) {
    this.self = self.value();
    this.macTable = macTable;
    this.counters = counters;
    this.clockNanos = clockNanos;
    int count = Lanes.count(workers);
    this.table = ForwardingTable.of(macTable.snapshot(), Routes.alone(self), Map.of(), count);
    this.announceHints =
        () -> {
          if (!hintsAnnounced.getAndSet(true) && !announceHints.announce()) {
            hintsAnnounced.set(false);
          }
        };
    lanes = new Lane[count];
    for (int lane = 0; lane < lanes.length; lane++) {
      lanes[lane] = new Lane(lane);
    }
  }

  /** Asks the conductor for a call of {@link #drainHints}. */
  @FunctionalInterface
  public interface HintAnnouncer {
    /** Returns false when the request was lost; then the next sighting asks again. */
    boolean announce();
  }

  /**
   * The kernel forwards beside this plane. It sees every frame of the bridge and of its own overlay
   * first, so what addresses those have is its business.
   */
  public interface KernelLearning {
    /** A peer has an address now, as another overlay shows. Conductor thread. */
    void learned(long mac, PeerName peer);
  }

  /** Leaves learning from captured frames to the kernel. */
  public void learnBy(KernelLearning learning) {
    kernel = learning;
  }

  /** Where frames for this host go from now on; null for nowhere. */
  public void attach(@Nullable BridgePort port) {
    bridgePort = port;
  }

  /** Publishes new routes and connections, each connection with its overlays in order. */
  public void publish(Routes routes, Map<PeerName, List<Forwarder>> connections) {
    macTable.publish();
    table = ForwardingTable.of(macTable.snapshot(), routes, connections, lanes.length);
  }

  /** Learns the addresses the data-plane threads have seen, and publishes what is new. */
  public void drainHints() {
    hintsAnnounced.set(false);
    for (Lane lane : lanes) {
      lane.hints.drain(this::learn);
    }
    publishMacs();
  }

  /** Publishes what has changed in the address table, if anything. */
  public void publishMacs() {
    if (macTable.publish()) {
      table = table.withMacs(macTable.snapshot());
    }
  }

  private void learn(long mac, long peer) {
    if (peer == self) {
      macTable.learnLocal(mac);
    } else if (table.knows(peer)) {
      macTable.learnRemote(mac, peer);
      KernelLearning learning = kernel;
      if (learning != null) {
        learning.learned(mac, new PeerName(peer));
      }
    }
  }

  @Override
  public void captured(int lane, FrameBatch frames) {
    Lane here = lanes[lane];
    here.begin();
    counters.add(Counter.FRAMES_CAPTURED, frames.count());
    try {
      for (int index = 0; index < frames.count(); index++) {
        if (frames.length(index) < ETHERNET_HEADER_BYTES) {
          counters.increment(Counter.FRAMES_DROPPED_SHORT);
        } else {
          capture(here, frames, index);
        }
      }
    } finally {
      here.end();
    }
  }

  @Override
  public void received(int lane, FrameBatch frames) {
    Lane here = lanes[lane];
    here.begin();
    counters.add(Counter.FRAMES_RECEIVED, frames.count());
    try {
      for (int index = 0; index < frames.count(); index++) {
        receiveAny(here, frames, index);
      }
    } finally {
      here.end();
    }
  }

  @Override
  public void punted(int lane, FrameBatch frames) {
    Lane here = lanes[lane];
    here.begin();
    counters.add(Counter.FRAMES_PUNTED, frames.count());
    try {
      for (int index = 0; index < frames.count(); index++) {
        long source = frames.sourcePeer(index);
        if (!here.table.knows(source)) {
          counters.increment(Counter.FRAMES_DROPPED_UNKNOWN_PEER);
        } else if (frames.destinationPeer(index) != self) {
          relay(here, frames, index, source, frames.destinationPeer(index));
        } else {
          broadcast(here, frames, index, source);
        }
      }
    } finally {
      here.end();
    }
  }

  private void receiveAny(Lane lane, FrameBatch frames, int index) {
    long source = frames.sourcePeer(index);
    if (frames.length(index) < ETHERNET_HEADER_BYTES) {
      counters.increment(Counter.FRAMES_DROPPED_SHORT);
    } else if (source == self) {
      counters.increment(Counter.FRAMES_DROPPED_LOOP);
    } else if (!lane.table.knows(source)) {
      counters.increment(Counter.FRAMES_DROPPED_UNKNOWN_PEER);
    } else if (frames.destinationPeer(index) != self) {
      counters.increment(Counter.FRAMES_RELAYED);
      relay(lane, frames, index, source, frames.destinationPeer(index));
    } else {
      receive(lane, frames, index);
    }
  }

  private void capture(Lane lane, FrameBatch frames, int index) {
    long source = macAt(frames, index, SOURCE_OFFSET);
    long destination = macAt(frames, index, 0);
    if (!sightLocal(lane, source)) {
      counters.increment(Counter.FRAMES_DROPPED_CONFLICT);
      return;
    }
    if (destination == SPANNING_TREE_MAC) {
      counters.increment(Counter.FRAMES_DROPPED_STP);
      return;
    }
    MacEntry entry = lane.table.mac(destination);
    if (entry == null) {
      counters.increment(Counter.FRAMES_SENT_BROADCAST);
      broadcast(lane, frames, index, self);
    } else if (entry.peer() == self) {
      counters.increment(Counter.FRAMES_LOCAL);
    } else {
      counters.increment(Counter.FRAMES_SENT_UNICAST);
      relay(lane, frames, index, self, entry.peer());
    }
  }

  private void receive(Lane lane, FrameBatch frames, int index) {
    long sourcePeer = frames.sourcePeer(index);
    sightRemote(lane, macAt(frames, index, SOURCE_OFFSET), sourcePeer);
    BridgePort port = bridgePort;
    if (port != null) {
      counters.increment(Counter.FRAMES_INJECTED);
      port.inject(lane.number, frames, index);
    }
    MacEntry destination = lane.table.mac(macAt(frames, index, 0));
    if (destination == null || destination.peer() != self) {
      broadcast(lane, frames, index, sourcePeer);
    }
  }

  private void relay(Lane lane, FrameBatch frames, int index, long source, long destination) {
    ForwardingTable.Neighbour hop = lane.table.nextHop(destination);
    if (hop == null) {
      counters.increment(Counter.FRAMES_DROPPED_NO_ROUTE);
    } else {
      forward(lane, hop, frames, index, source, destination, false);
    }
  }

  private void broadcast(Lane lane, FrameBatch frames, int index, long source) {
    for (long peer : lane.table.broadcastHops(source)) {
      ForwardingTable.Neighbour neighbour = lane.table.neighbour(peer);
      if (neighbour == null) {
        counters.increment(Counter.FRAMES_DROPPED_NO_ROUTE);
      } else {
        forward(lane, neighbour, frames, index, source, peer, true);
      }
    }
  }

  private void forward(
      Lane lane,
      ForwardingTable.Neighbour hop,
      FrameBatch frames,
      int index,
      long source,
      long destination,
      boolean broadcast) {
    lane.use(hop);
    for (Forwarder forwarder : hop.order) {
      if (forwarder.forward(lane.number, frames, index, source, destination, broadcast)) {
        return;
      }
    }
    counters.increment(Counter.FRAMES_DROPPED_NO_FORWARDER);
  }

  /** Notes an address on our bridge; false when another peer has it. */
  private boolean sightLocal(Lane lane, long mac) {
    if ((mac & GROUP_BIT) != 0 || kernel != null) {
      return true;
    }
    MacEntry entry = lane.table.mac(mac);
    if (entry == null) {
      lane.hint(mac, self);
      return true;
    }
    if (entry.peer() == self) {
      entry.refresh(lane.nowNanos);
      return true;
    }
    return false;
  }

  private void sightRemote(Lane lane, long mac, long peer) {
    if ((mac & GROUP_BIT) != 0) {
      return;
    }
    MacEntry entry = lane.table.mac(mac);
    if (entry != null && entry.peer() == peer) {
      entry.refresh(lane.nowNanos);
    } else {
      lane.hint(mac, peer);
    }
  }

  private static long macAt(FrameBatch frames, int index, int offset) {
    // Every checked frame has 8 bytes from either address on; the lower two do not belong to it.
    return frames.slab().getLong(frames.offset(index) + offset) >>> 16;
  }

  /** What one data-plane thread keeps from frame to frame. */
  private final class Lane {
    final int number;
    final MacHints hints = new MacHints();
    ForwardingTable table = ForwardingPlane.this.table;
    long nowNanos;
    private int depth;
    private long batch;
    private ForwardingTable.Neighbour[] used = new ForwardingTable.Neighbour[16];
    private int usedCount;

    Lane(int number) {
      this.number = number;
    }

    void begin() {
      if (depth == 0) {
        table = ForwardingPlane.this.table;
        nowNanos = clockNanos.getAsLong();
        batch++;
        usedCount = 0;
      }
      depth++;
    }

    /** Ends a batch; one that began inside another is flushed with the outer one. */
    void end() {
      depth--;
      if (depth > 0) {
        return;
      }
      for (int i = 0; i < usedCount; i++) {
        for (Forwarder forwarder : used[i].order) {
          forwarder.flush(number);
        }
      }
      BridgePort port = bridgePort;
      if (port != null) {
        port.flush(number);
      }
    }

    void use(ForwardingTable.Neighbour neighbour) {
      if (!neighbour.isFirstOf(number, batch)) {
        return;
      }
      if (usedCount == used.length) {
        used = Arrays.copyOf(used, usedCount * 2);
      }
      used[usedCount++] = neighbour;
    }

    void hint(long mac, long peer) {
      if (hints.offer(mac, peer)) {
        announceHints.run();
      } else {
        counters.increment(Counter.MAC_HINTS_DROPPED);
      }
    }
  }
}
