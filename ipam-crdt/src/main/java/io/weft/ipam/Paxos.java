package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Agreement on the creators of the first ring: single-value Paxos whose state is gossiped as a
 * whole (ipam.md 4.3). An observer takes no part. Mutable, conductor thread only.
 */
final class Paxos {
  private final NodeId self;
  private final boolean isElector;
  private final TreeMap<NodeId, NodeClaims> knows = new TreeMap<>();
  private int quorum;
  private int valueNames;

  private Paxos(NodeId self, boolean isElector) {
    this.self = self;
    this.isElector = isElector;
  }

  static Paxos elector(NodeId self) {
    return new Paxos(self, true);
  }

  static Paxos observer(NodeId self) {
    return new Paxos(self, false);
  }

  /** An elector that goes on where it was before a restart. */
  static Paxos resumed(PeerName name, PaxosMemory memory) {
    Paxos paxos = elector(new NodeId(name, memory.uid()));
    memory.knows().forEach(paxos::put);
    return paxos;
  }

  /** What must survive a restart; nothing for an observer. */
  Optional<PaxosMemory> memory() {
    return isElector ? Optional.of(new PaxosMemory(self.uid(), knows)) : Optional.empty();
  }

  boolean isElector() {
    return isElector;
  }

  /** Votes needed; 0 until we need the ring ourselves, and then we never see consensus. */
  int quorum() {
    return quorum;
  }

  void setQuorum(int votes) {
    quorum = votes;
  }

  /** Acceptors heard of. */
  int knownNodes() {
    return knows.size();
  }

  /** A copy of what we know, to be gossiped; null for an observer. */
  @Nullable Map<NodeId, NodeClaims> state() {
    return isElector ? new TreeMap<>(knows) : null;
  }

  /** Takes in what another peer knows; answers whether that was news. */
  boolean update(Map<NodeId, NodeClaims> received) {
    boolean changed = false;
    for (Map.Entry<NodeId, NodeClaims> node : received.entrySet()) {
      NodeClaims old = knows.get(node.getKey());
      if (!isElector || (old == null && knows.size() >= IpamProtocol.MAX_PAXOS_NODES)) {
        continue;
      }
      if (node.getValue().promise().round() > IpamProtocol.MAX_PAXOS_ROUND
          || node.getValue().accepted().round() > IpamProtocol.MAX_PAXOS_ROUND) {
        continue;
      }
      NodeClaims merged = old == null ? node.getValue() : raised(old, node.getValue());
      int moreNames = names(merged) - (old == null ? 0 : names(old));
      if (!merged.equals(old) && valueNames + moreNames <= IpamProtocol.MAX_PAXOS_VALUE_NAMES) {
        put(node.getKey(), merged);
        changed = true;
      }
    }
    return changed;
  }

  /** All values together stay readable in one message. */
  private void put(NodeId node, NodeClaims claims) {
    NodeClaims old = knows.put(node, claims);
    valueNames += names(claims) - (old == null ? 0 : names(old));
  }

  private static int names(NodeClaims claims) {
    return claims.acceptedValue().value().size();
  }

  private static NodeClaims raised(NodeClaims old, NodeClaims received) {
    NodeClaims merged = old;
    if (received.promise().compareTo(old.promise()) > 0) {
      merged = merged.withPromise(received.promise());
    }
    if (received.accepted().compareTo(old.accepted()) > 0) {
      merged = merged.withAccepted(received.accepted(), received.acceptedValue());
    }
    return merged;
  }

  /** Starts a new round, higher than any we know of. */
  void propose() {
    if (!isElector) {
      return;
    }
    long round = 0;
    for (NodeClaims claims : knows.values()) {
      round = Math.max(round, claims.promise().round());
      round = Math.max(round, claims.accepted().round());
    }
    put(self, ownClaims().withPromise(new ProposalId(round + 1, self)));
    if (quorum == 1) {
      think();
    }
  }

  /** Draws the conclusions for our own claims; answers whether these changed. */
  boolean think() {
    if (!isElector) {
      return false;
    }
    NodeClaims before = ownClaims();
    NodeClaims ours = before;
    for (NodeClaims claims : knows.values()) {
      if (claims.promise().compareTo(ours.promise()) > 0) {
        ours = ours.withPromise(claims.promise());
      }
    }
    put(self, ours);
    if (ours.promise().proposer().equals(self)) {
      ours = acceptOwnProposal(ours);
    }
    for (NodeClaims claims : knows.values()) {
      if (claims.accepted().equals(ours.promise())) {
        ours = ours.withAccepted(claims.accepted(), claims.acceptedValue());
        break;
      }
    }
    put(self, ours);
    return ours.differsFrom(before);
  }

  private NodeClaims acceptOwnProposal(NodeClaims ours) {
    int promises = 0;
    NodeClaims latest = NodeClaims.NONE;
    for (NodeClaims claims : knows.values()) {
      if (claims.promise().equals(ours.promise())) {
        promises++;
        if (claims.accepted().compareTo(latest.accepted()) > 0) {
          latest = claims;
        }
      }
    }
    // Without a quorum the proposal is of before a restart, and nobody here needs a ring yet.
    if (quorum == 0 || promises < quorum) {
      return ours;
    }
    AcceptedValue value = latest.acceptedValue();
    if (!latest.accepted().isValid()) {
      TreeSet<PeerName> names = new TreeSet<>();
      knows.keySet().forEach(node -> names.add(node.name()));
      value = new AcceptedValue(List.copyOf(names), ours.promise());
    }
    return ours.withAccepted(ours.promise(), value);
  }

  private NodeClaims ownClaims() {
    return knows.getOrDefault(self, NodeClaims.NONE);
  }

  /** The creators, once enough acceptors have accepted one value. */
  Optional<List<PeerName>> consensus() {
    if (quorum == 0) {
      return Optional.empty();
    }
    Map<ProposalId, Integer> votes = new HashMap<>();
    for (NodeClaims claims : knows.values()) {
      AcceptedValue accepted = claims.acceptedValue();
      if (claims.accepted().isValid()
          && !accepted.value().isEmpty()
          && votes.merge(accepted.origin(), 1, Integer::sum) >= quorum) {
        return Optional.of(accepted.value());
      }
    }
    return Optional.empty();
  }
}
