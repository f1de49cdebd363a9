package io.weft.gossip;

import io.weft.gossip.topology.PeerVersion;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often a router asks for records. While many join, each record changes with every connection
 * that its owner makes, and every neighbour offers each of its versions: asking for all of them
 * would bring the same long records again and again. So some offers after a quiet while are taken
 * at once, and those that follow are gathered. They are asked for together, since a record without
 * those on the way to it would be taken for unreachable.
 *
 * @param <W> who makes offers
 */
final class AskingPace<W> {
  private record Offer<W>(PeerVersion version, W whom) {}

  private final Map<PeerName, Offer<W>> postponed = new LinkedHashMap<>();
  private final Deadline deadline = new Deadline();
  private final Pace pace = new Pace(MeshConstants.ASKING_BURST, MeshConstants.ASKING_NANOS);

  /**
   * Whether offers have to wait, in which case the latest of each peer comes back from {@link
   * #due}; if not, what follows soon will have to.
   */
  boolean postpones(W whom, Collection<PeerVersion> offers, long nowNanos) {
    if (!deadline.isArmed() && pace.take(nowNanos)) {
      return false;
    }
    deadline.armUnlessArmed(pace.nextNanos(nowNanos));
    for (PeerVersion offer : offers) {
      Offer<W> before = postponed.get(offer.name());
      boolean isFirst = before == null && postponed.size() < MeshConstants.MAX_ASKED;
      if (isFirst || (before != null && offer.isNewerThan(before.version()))) {
        postponed.put(offer.name(), new Offer<>(offer, whom));
      }
    }
    return true;
  }

  /** Forgets everything. */
  void stop() {
    postponed.clear();
    deadline.disarm();
  }

  long nextDeadlineNanos() {
    return deadline.orNever();
  }

  /** What was postponed and is due now, by whoever offered it. */
  Map<W, Map<PeerName, PeerVersion>> due(long nowNanos) {
    Map<W, Map<PeerName, PeerVersion>> due = new LinkedHashMap<>();
    if (deadline.expire(nowNanos) && pace.take(nowNanos)) {
      for (Offer<W> offer : postponed.values()) {
        PeerVersion version = offer.version();
        due.computeIfAbsent(offer.whom(), _ -> new LinkedHashMap<>()).put(version.name(), version);
      }
      postponed.clear();
    }
    return due;
  }
}
