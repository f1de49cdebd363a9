package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.channel.UnreachablePeerException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Claims back, one by one, the addresses that containers of this host use and the ring gives to
 * somebody else. The owner grants what it has not handed out; what it has is a real duplicate and
 * is asked for again now and then, until one of the two containers is gone. Conductor thread only.
 */
final class DisputeDesk {
  private static final Logger LOG = System.getLogger(DisputeDesk.class.getName());

  /** Requests in one pass; each is answered with a whole ring. */
  private static final int MAX_REQUESTS = 64;

  private static final long RETRY_NANOS = 5_000_000_000L;
  private static final long DUPLICATE_RETRY_NANOS = 60_000_000_000L;

  private static final class Dispute {
    PeerName owner = PeerName.UNKNOWN;
    boolean isDuplicate;
    long nextTryNanos;
  }

  private final LocalState state;
  private final Outbox outbox;
  private final Nicknames nicknames;
  private final EventTime time;
  private final Map<Long, Dispute> disputes = new LinkedHashMap<>();

  DisputeDesk(LocalState state, Outbox outbox, Nicknames nicknames, EventTime time) {
    this.state = state;
    this.outbox = outbox;
    this.nicknames = nicknames;
    this.time = time;
  }

  /** Notices what is disputed now and asks for what is due. */
  void pass() {
    AddressSet disputed = state.disputed();
    disputes.keySet().removeIf(address -> !disputed.contains(address));
    for (AddressRange range : disputed.ranges()) {
      for (long address = range.start(); address < range.end(); address++) {
        notice(address);
      }
    }
    long now = time.nanos();
    // Those that have waited longest first, so that no number of others keeps one from being asked.
    List<Map.Entry<Long, Dispute>> due =
        disputes.entrySet().stream()
            .filter(entry -> now - entry.getValue().nextTryNanos >= 0)
            .sorted(Comparator.comparingLong(entry -> entry.getValue().nextTryNanos - now))
            .limit(MAX_REQUESTS)
            .toList();
    due.forEach(entry -> ask(entry.getKey(), entry.getValue()));
  }

  private void notice(long address) {
    Dispute dispute = disputes.computeIfAbsent(address, _ -> new Dispute());
    PeerName owner = state.ring().owner(address);
    if (owner != null && !owner.equals(dispute.owner)) {
      dispute.owner = owner;
      dispute.isDuplicate = false;
      dispute.nextTryNanos = time.nanos();
    }
  }

  private void ask(long address, Dispute dispute) {
    dispute.nextTryNanos =
        time.nanos() + (dispute.isDuplicate ? DUPLICATE_RETRY_NANOS : RETRY_NANOS);
    try {
      outbox.ask(dispute.owner, AddressRange.single(address));
    } catch (UnreachablePeerException e) {
      LOG.log(Level.DEBUG, "cannot claim {0} back: {1}", Ipv4.format(address), e.getMessage());
    }
  }

  /** The owner has handed the address out itself. */
  void onDenied(PeerName owner, AddressRange range) {
    Dispute dispute = range.size() == 1 ? disputes.get(range.start()) : null;
    if (dispute == null || dispute.isDuplicate || !dispute.owner.equals(owner)) {
      return;
    }
    dispute.isDuplicate = true;
    dispute.nextTryNanos = time.nanos() + DUPLICATE_RETRY_NANOS;
    LOG.log(
        Level.WARNING,
        "{0} is in use by {1} on this host and also on {2}: stop one of the two",
        Ipv4.format(range.start()),
        state.holdings().ownerOf(range.start()),
        nicknames.describe(owner));
  }

  /** Every disputed address. */
  List<IpamStatus.Disputed> view() {
    List<IpamStatus.Disputed> view = new ArrayList<>();
    disputes.forEach((address, dispute) -> {
      String holder = state.holdings().ownerOf(address);
      view.add(
          new IpamStatus.Disputed(
              Ipv4.format(address),
              holder == null ? "" : holder,
              dispute.owner,
              nicknames.of(dispute.owner),
              dispute.isDuplicate));
    });
    return view;
  }
}
