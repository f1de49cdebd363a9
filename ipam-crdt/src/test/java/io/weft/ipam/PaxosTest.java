package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PaxosTest {
  @Test
  void followsTheRecordedTraces() {
    int trace = 0;
    for (JsonNode wanted : Vectors.json("paxos_traces").get("cases")) {
      List<Paxos> nodes = new ArrayList<>();
      for (int i = 0; i < wanted.get("nodes").asInt(); i++) {
        Paxos node = Paxos.elector(new NodeId(new PeerName(i + 1), 100 + i));
        node.setQuorum(wanted.get("quorum").asInt());
        nodes.add(node);
      }
      int step = 0;
      for (JsonNode event : wanted.get("steps")) {
        play(nodes, event, "trace " + trace + " step " + step++);
      }
      trace++;
    }
  }

  private static void play(List<Paxos> nodes, JsonNode event, String where) {
    if (event.get("op").asText().equals("propose")) {
      Paxos node = nodes.get(event.get("node").asInt());
      node.propose();
      assertEquals(state(event.get("state")), node.state(), where);
      return;
    }
    Paxos node = nodes.get(event.get("to").asInt());
    Paxos from = nodes.get(event.get("from").asInt());
    boolean changed = node.update(Objects.requireNonNull(from.state()));
    boolean thought = changed && node.think();
    assertEquals(event.get("changed").asBoolean(), changed, where);
    assertEquals(event.get("thinkChanged").asBoolean(), thought, where);
    assertEquals(state(event.get("state")), node.state(), where);
    Optional<List<PeerName>> consensus = node.consensus();
    assertEquals(event.get("consensus").asBoolean(), consensus.isPresent(), where);
    List<String> value = new ArrayList<>();
    new TreeSet<>(consensus.orElse(List.of())).forEach(n -> value.add(n.value() + ""));
    List<String> expected = new ArrayList<>();
    event.get("valueSorted").forEach(name -> expected.add(name.asText()));
    assertEquals(expected, value, where);
  }

  private static Map<NodeId, NodeClaims> state(JsonNode nodes) {
    Map<NodeId, NodeClaims> state = new TreeMap<>();
    nodes.forEach(node -> {
      JsonNode claims = node.get("Claims");
      JsonNode accepted = claims.get("AcceptedVal");
      List<PeerName> names = new ArrayList<>(Vectors.peers(accepted.get("Value")));
      names.sort(null);
      state.put(
          node(node.get("Node")),
          new NodeClaims(
              proposal(claims.get("Promise")),
              proposal(claims.get("Accepted")),
              new AcceptedValue(names, proposal(accepted.get("Origin")))));
    });
    return state;
  }

  private static ProposalId proposal(JsonNode node) {
    return new ProposalId(node.get("Round").asLong(), node(node.get("Proposer")));
  }

  private static NodeId node(JsonNode node) {
    return new NodeId(new PeerName(node.get("Name").asLong()), node.get("UID").asLong());
  }

  @Test
  void ordersProposalsByUnsignedUid() {
    PeerName name = new PeerName(1);
    NodeId small = new NodeId(name, 1);
    NodeId large = new NodeId(name, -1L);
    assertEquals(-1, Integer.signum(small.compareTo(large)));
    assertEquals(-1, Integer.signum(new ProposalId(1, small).compareTo(new ProposalId(1, large))));
    assertEquals(1, Integer.signum(new ProposalId(2, small).compareTo(new ProposalId(1, large))));
  }

  @Test
  void doesNotBelieveRoundsThatLeaveNoRoomToCountOn() {
    NodeId stranger = new NodeId(new PeerName(9), 9);
    Paxos elector = Paxos.elector(new NodeId(new PeerName(1), 7));
    elector.setQuorum(2);
    NodeClaims absurd =
        NodeClaims.NONE.withPromise(new ProposalId(IpamProtocol.MAX_PAXOS_ROUND + 1, stranger));
    assertEquals(false, elector.update(Map.of(stranger, absurd)));
    elector.propose();
    NodeClaims ours = Objects.requireNonNull(elector.state()).values().iterator().next();
    assertEquals(1, ours.promise().round());
  }

  @Test
  void whatWasProposedBeforeARestartIsNotAcceptedWithoutAMajority() {
    NodeId first = new NodeId(new PeerName(1), 7);
    NodeId second = new NodeId(new PeerName(2), 8);
    Paxos proposer = Paxos.elector(first);
    proposer.setQuorum(3);
    proposer.propose();
    Paxos resumed = Paxos.resumed(first.name(), proposer.memory().orElseThrow());
    ProposalId proposal = new ProposalId(1, first);
    assertEquals(true, resumed.update(Map.of(second, NodeClaims.NONE.withPromise(proposal))));
    assertEquals(false, resumed.think());
    assertEquals(
        NodeClaims.NONE.withPromise(proposal), Objects.requireNonNull(resumed.state()).get(first));
  }

  @Test
  void anObserverNeitherLearnsNorSpeaks() {
    Paxos elector = Paxos.elector(new NodeId(new PeerName(1), 7));
    elector.setQuorum(1);
    elector.propose();
    Paxos observer = Paxos.observer(new NodeId(new PeerName(2), 8));
    observer.setQuorum(1);
    observer.propose();
    assertEquals(false, observer.update(Objects.requireNonNull(elector.state())));
    assertNull(observer.state());
    assertEquals(Optional.empty(), observer.consensus());
    assertEquals(Optional.of(List.of(new PeerName(1))), elector.consensus());
  }
}
