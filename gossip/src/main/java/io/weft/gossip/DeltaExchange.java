package io.weft.gossip;

import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.topology.DeltaCodec;
import io.weft.gossip.topology.DeltaMessage;
import io.weft.gossip.topology.PeerChange;
import io.weft.gossip.topology.PeerVersion;
import io.weft.gossip.topology.TopologyDelta;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What passes between neighbours that both announced the extension {@code delta}
 * (docs/protocol.md): digests in place of whole states, and of the topology only what a neighbour
 * lacks. Whatever is lost on the way is made up for by the next digest.
 */
final class DeltaExchange {
  /** A record that a neighbour was asked for. */
  private record Asked(PeerVersion offered, MeshLink whom, long askedNanos, long deadlineNanos) {}

  private final EventTime time;
  private final TopologyUpkeep upkeep;
  private final TopologyDelta delta;
  private final Gossip gossip;
  private final Counters counters;

  /** Oldest first, since all have the same time to be answered. */
  private final Map<PeerName, Asked> asked = new LinkedHashMap<>();

  private final AskingPace<MeshLink> pace = new AskingPace<>();

  DeltaExchange(EventTime time, TopologyUpkeep upkeep, Gossip gossip, Counters counters) {
    this.time = time;
    this.upkeep = upkeep;
    this.delta = upkeep.delta();
    this.gossip = gossip;
    this.counters = counters;
  }

  /** A message from a neighbour that knows the extension, as we do. */
  void receive(MeshLink from, byte[] body) throws GossipException {
    switch (DeltaCodec.decode(body, n -> counters.add(MeshMetric.PEERS_DROPPED, n))) {
      case DeltaMessage.Digest m -> onDigest(from, m);
      case DeltaMessage.Pull m -> onPull(from, m.channel());
      case DeltaMessage.Summary m -> onSummary(from, m);
      case DeltaMessage.Request m -> {
        GossipData answer = new VersionsData(delta::changes, counters, delta.known(m.peers()));
        from.queue().extension(DeltaKind.CHANGES, TopologyUpkeep.CHANNEL, answer);
      }
      case DeltaMessage.Delta m -> onDelta(from, m);
    }
  }

  private void onDigest(MeshLink from, DeltaMessage.Digest digest) {
    GossipChannel channel = gossip.owned(digest.channel());
    OptionalLong ours = channel == null ? OptionalLong.empty() : channel.digest();
    if (ours.isPresent() && ours.getAsLong() == digest.hash()) {
      counters.increment(MeshMetric.DIGESTS_MATCHED);
      return;
    }
    boolean isDue =
        channel == null
            ? from.exchanges().mayPullToRelay(digest.channel(), time.nanos())
            : from.exchanges().mayAnswer(digest.channel(), time.nanos());
    if (!isDue) {
      counters.increment(MeshMetric.EXCHANGES_SKIPPED);
      return;
    }
    if (channel == upkeep) {
      if (!from.exchanges().leavesAnswer(time.nanos())) {
        sendCompleteSummary(from);
      }
      return;
    }
    // Ours may be what others lack; and what we do not own ourselves, others behind us may.
    sendFullState(from, channel);
    from.queue().extension(DeltaKind.PULL, digest.channel(), pull(digest.channel()));
  }

  private static GossipData pull(String channel) {
    return new LatestData(() -> List.of(DeltaCodec.encode(new DeltaMessage.Pull(channel))));
  }

  private void onPull(MeshLink from, String name) {
    GossipChannel channel = gossip.owned(name);
    if (channel == null || !from.exchanges().mayBePulled(name, time.nanos())) {
      counters.increment(MeshMetric.EXCHANGES_SKIPPED);
    } else if (channel == upkeep) {
      sendCompleteSummary(from);
    } else {
      sendFullState(from, channel);
    }
  }

  private static void sendFullState(MeshLink to, @Nullable GossipChannel channel) {
    GossipData state = channel == null ? null : channel.fullState();
    if (channel != null && state != null) {
      to.queue().gossip(channel.name(), state);
    }
  }

  private void sendCompleteSummary(MeshLink to) {
    sendSummary(to, new SummaryData(delta, List.of(), true));
  }

  private static void sendSummary(MeshLink to, SummaryData summary) {
    to.queue().extension(DeltaKind.SUMMARY, TopologyUpkeep.CHANNEL, summary);
  }

  private void onSummary(MeshLink from, DeltaMessage.Summary summary) {
    TopologyDelta.Comparison comparison = delta.compare(limited(from, summary));
    if (!comparison.newerHere().isEmpty()) {
      sendSummary(from, new SummaryData(delta, comparison.newerHere(), false));
    }
    if (comparison.wanted().isEmpty()) {
      return;
    }
    Map<PeerName, PeerVersion> offers = new LinkedHashMap<>();
    summary.peers().forEach(offer -> offers.putIfAbsent(offer.name(), offer));
    ask(from, comparison.wanted(), offers);
  }

  /** A complete summary so soon after another counts only for the peers that it names. */
  private DeltaMessage.Summary limited(MeshLink from, DeltaMessage.Summary summary) {
    if (!summary.isComplete() || from.exchanges().mayCompare(time.nanos())) {
      return summary;
    }
    counters.increment(MeshMetric.EXCHANGES_SKIPPED);
    return new DeltaMessage.Summary(false, summary.peers());
  }

  /** Whether nobody else has been asked for this record or a newer one just now. */
  private boolean isWorthAsking(PeerVersion offer) {
    Asked before = asked.get(offer.name());
    if (before != null && before.deadlineNanos() - time.nanos() > 0) {
      return offer.isNewerThan(before.offered());
    }
    if (before == null && asked.size() >= MeshConstants.MAX_ASKED) {
      counters.increment(MeshMetric.EXCHANGES_SKIPPED);
      return false;
    }
    return true;
  }

  /** Asks for records that a neighbour has shown to have, now or together with what follows. */
  private void ask(
      MeshLink whom, Collection<PeerVersion> wanted, Map<PeerName, PeerVersion> offers) {
    List<PeerVersion> wantedOffers = new ArrayList<>();
    for (PeerVersion base : wanted) {
      PeerVersion offer = offers.get(base.name());
      if (offer != null && isWorthAsking(offer)) {
        wantedOffers.add(offer);
      }
    }
    if (!wantedOffers.isEmpty() && !pace.postpones(whom, wantedOffers, time.nanos())) {
      askNow(whom, wanted, offers);
    }
  }

  /** Asks for records, from what we have of them. */
  private void askNow(
      MeshLink whom, Collection<PeerVersion> wanted, Map<PeerName, PeerVersion> offers) {
    List<PeerVersion> request = new ArrayList<>();
    long now = time.nanos();
    for (PeerVersion base : wanted) {
      PeerVersion offer = offers.get(base.name());
      if (offer != null && isWorthAsking(offer)) {
        asked.remove(offer.name());
        asked.put(
            offer.name(), new Asked(offer, whom, now, now + MeshConstants.DELTA_ANSWER_NANOS));
        request.add(base);
      }
    }
    if (!request.isEmpty()) {
      GossipData data = new VersionsData(DeltaExchange::request, counters, request);
      whom.queue().extension(DeltaKind.REQUEST, TopologyUpkeep.CHANNEL, data);
    }
  }

  /** Asks for what is still newer than ours of what was postponed. */
  private void askAgain(MeshLink whom, Map<PeerName, PeerVersion> offers) {
    if (whom.state() == MeshLink.State.CLOSED) {
      // Who else has these, if anybody, answers our digest.
      gossip.sendDigests(upkeep);
      return;
    }
    List<PeerVersion> all = List.copyOf(offers.values());
    askNow(whom, delta.compare(new DeltaMessage.Summary(false, all)).wanted(), offers);
  }

  private static Iterator<byte[]> request(Collection<PeerVersion> wanted) {
    return List.of(DeltaCodec.encode(new DeltaMessage.Request(List.copyOf(wanted)))).iterator();
  }

  private void onDelta(MeshLink from, DeltaMessage.Delta message) {
    TopologyDelta.Outcome outcome = delta.apply(message);
    Map<PeerName, PeerVersion> offers = new LinkedHashMap<>();
    for (PeerChange change : message.changes()) {
      offers.putIfAbsent(change.record().name(), change.version());
      Asked before = asked.get(change.record().name());
      if (before != null && isAnswer(change, before)) {
        asked.remove(change.record().name());
        from.exchanges().progress(time.nanos());
      }
    }
    upkeep.took(outcome.merged());
    upkeep.passOn(outcome.merged().improved(), from.peer());
    ask(from, outcome.wanted(), offers);
  }

  private static boolean isAnswer(PeerChange change, Asked before) {
    return Long.compareUnsigned(change.record().version(), before.offered().version()) >= 0;
  }

  /** Asks for nothing any more. */
  void stop() {
    asked.clear();
    pace.stop();
  }

  long nextDeadlineNanos() {
    long answers = asked.isEmpty() ? Timed.NEVER : asked.values().iterator().next().deadlineNanos();
    return Deadline.earlier(answers, pace.nextDeadlineNanos());
  }

  /**
   * Gives up waiting for what was asked for, and lets others know what we have instead. Who is
   * still sending gets more time.
   */
  void onTime() {
    int overdue = 0;
    long now = time.nanos();
    pace.due(now).forEach(this::askAgain);
    List<Asked> renewed = new ArrayList<>();
    Iterator<Asked> oldestFirst = asked.values().iterator();
    while (oldestFirst.hasNext()) {
      Asked oldest = oldestFirst.next();
      if (oldest.deadlineNanos() - now > 0) {
        break;
      }
      oldestFirst.remove();
      if (oldest.whom().exchanges().isProgressing(now)
          && now - oldest.askedNanos() < MeshConstants.LONGEST_DELTA_ANSWER_NANOS) {
        renewed.add(oldest);
      } else {
        overdue++;
      }
    }
    long deadline = now + MeshConstants.DELTA_ANSWER_NANOS;
    for (Asked each : renewed) {
      asked.put(
          each.offered().name(),
          new Asked(each.offered(), each.whom(), each.askedNanos(), deadline));
    }
    if (overdue > 0) {
      counters.add(MeshMetric.REQUESTS_UNANSWERED, overdue);
      gossip.sendDigests(upkeep);
    }
  }
}
