package io.weft.router.forwarding;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which peer has which hardware address (overlay.md E.1). Learned from traffic only, never
 * gossiped. Owned by the conductor; data-plane threads read {@link #snapshot}.
 */
public final class MacTable implements Timed {
  // By specification (overlay.md E.1).
  static final long EXPIRY_NANOS = TimeUnit.MINUTES.toNanos(10);
  static final long SWEEP_INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  // Our choice: as many as a bridge of a large site has; 2 MB. The original knows no limit.
  /** Most addresses the table holds; traffic to others is flooded. */
  public static final int MAX_ENTRIES = 65_536;

  private final EventTime time;
  private final long self;
  private final int maxEntries;
  private final Counters counters;
  private final Map<Long, MacEntry> entries = new HashMap<>();
  private volatile LongMap<MacEntry> snapshot = LongMap.empty();
  private Runnable beforeSweep = () -> {};
  private Follower follower = Follower.NOBODY;
  private boolean changed;
  private long nextSweepNanos;

  /** Is told of changes at once, before they are published. Conductor thread. */
  public interface Follower {
    /** Takes no notice. */
    Follower NOBODY =
        new Follower() {
          @Override
          public void placed(long mac, boolean remote) {}

          @Override
          public void forgotten(long mac) {}
        };

    /** An address has another owner now: this host, or {@code remote} a peer. */
    void placed(long mac, boolean remote);

    /** An address is not in the table any more. */
    void forgotten(long mac);
  }

  /** An empty table of the router {@code self}. */
  public MacTable(EventTime time, PeerName self, int maxEntries, Counters counters) {
    this.time = time;
    this.self = self.value();
    this.maxEntries = maxEntries;
    this.counters = counters;
    this.nextSweepNanos = time.nanos() + SWEEP_INTERVAL_NANOS;
  }

  /** The addresses as last published; any thread. */
  public LongMap<MacEntry> snapshot() {
    return snapshot;
  }

  /** Has somebody told of changes from now on; before the first one. */
  public void follow(Follower with) {
    follower = with;
  }

  /** Is run before addresses are forgotten: frames that this router does not see count too. */
  public void beforeSweep(Runnable refresh) {
    beforeSweep = refresh;
  }

  /** The kernel has seen a frame of an address on our bridge, which is here whoever had it. */
  public void moveHere(long mac) {
    learnRemote(mac, self);
  }

  /** An address was seen elsewhere at a time on the monotonic scale, if it is still there. */
  public void seen(long mac, long peer, long seenNanos) {
    MacEntry known = entries.get(mac);
    if (known != null && known.peer() == peer) {
      known.refresh(seenNanos);
    }
  }

  /** The entry of an address, or null. */
  public @Nullable MacEntry find(long mac) {
    return entries.get(mac);
  }

  /**
   * An address was seen on our bridge: insert or refresh. An address of another peer stays as it
   * is, and its frames are not taken (overlay.md E.2).
   */
  public void learnLocal(long mac) {
    MacEntry known = entries.get(mac);
    if (known == null) {
      insert(mac, self);
    } else if (known.peer() == self) {
      known.refresh(time.nanos());
    }
  }

  /** An address was seen behind {@code peer}, which has it from now on whoever had it before. */
  public void learnRemote(long mac, long peer) {
    MacEntry known = entries.get(mac);
    if (known == null) {
      insert(mac, peer);
    } else if (known.peer() == peer) {
      known.refresh(time.nanos());
    } else {
      counters.increment(Counter.MACS_MOVED);
      place(mac, peer);
    }
  }

  /** The peer is gone from the topology: forget its addresses. */
  public void removePeer(PeerName peer) {
    int _ = forget(entry -> entry.peer() == peer.value());
  }

  /** Forgets all addresses: frames have passed that this router has not seen. */
  public void clear() {
    int _ = forget(_ -> true);
  }

  /** Publishes what was learned since the last call; returns whether there was anything. */
  public boolean publish() {
    boolean published = changed;
    if (changed) {
      snapshot = LongMap.of(entries.values(), MacEntry::mac);
      changed = false;
    }
    return published;
  }

  /** All entries in the order of their addresses, for status. */
  public List<MacEntry> entries() {
    List<MacEntry> sorted = new ArrayList<>(entries.values());
    sorted.sort(Comparator.comparingLong(MacEntry::mac));
    return sorted;
  }

  @Override
  public long nextDeadlineNanos() {
    return nextSweepNanos;
  }

  @Override
  public void onTime() {
    long now = time.nanos();
    if (nextSweepNanos - now > 0) {
      return;
    }
    nextSweepNanos = now + SWEEP_INTERVAL_NANOS;
    beforeSweep.run();
    int expired = forget(entry -> now - entry.lastSeenNanos() > EXPIRY_NANOS);
    counters.add(Counter.MACS_EXPIRED, expired);
  }

  /** Forgets some entries; returns how many. */
  private int forget(Predicate<MacEntry> which) {
    int before = entries.size();
    entries
        .values()
        .removeIf(entry -> {
          boolean goes = which.test(entry);
          if (goes) {
            follower.forgotten(entry.mac());
          }
          return goes;
        });
    int forgotten = before - entries.size();
    changed |= forgotten > 0;
    return forgotten;
  }

  private void insert(long mac, long peer) {
    if (entries.size() >= maxEntries) {
      counters.increment(Counter.MACS_DROPPED_TABLE_FULL);
      return;
    }
    place(mac, peer);
  }

  private void place(long mac, long peer) {
    entries.put(mac, new MacEntry(mac, peer, time.nanos()));
    changed = true;
    follower.placed(mac, peer != self);
  }
}
