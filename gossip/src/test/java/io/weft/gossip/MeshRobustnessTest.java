package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.topology.Invented;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.MessageCodec;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A neighbour that sends anything at all (mesh.md 13). */
class MeshRobustnessTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void survivesRandomMessagesAndHarmsNobodyElse(long seed) {
    RandomGenerator random = RandomGeneratorFactory.getDefault().create(seed);
    SimulatedNetwork network = new SimulatedNetwork(seed);
    SimulatedRouter victim = network.add(1, SimulatedRouter.Options.NO_DISCOVERY);
    SimulatedRouter hostile = network.add(2, SimulatedRouter.Options.NO_DISCOVERY);
    SimulatedRouter honest = network.add(3, SimulatedRouter.Options.NO_DISCOVERY);
    hostile.connectTo(victim);
    honest.connectTo(victim);
    assertTrue(network.await(SOON, () -> victim.reaches(hostile) && victim.reaches(honest)));
    for (int i = 0; i < 3000; i++) {
      List<Long> links = hostile.linksSent();
      network.send(links.getLast(), randomMessage(random));
      network.run(Duration.ofMillis(20));
    }
    assertTrue(victim.reaches(honest));
    assertTrue(honest.mesh().connections().size() <= 2);
    assertEquals(0L, honest.mesh().counters().get(MeshMetric.PAYLOADS_REFUSED));
    network.run(Duration.ofMinutes(2));
    assertTrue(victim.mesh().peers().size() <= 3, "peers invented by others stay");
  }

  private static MeshMessage randomMessage(RandomGenerator random) {
    String channel =
        switch (random.nextInt(4)) {
          case 0 -> "topology";
          case 1 -> "words";
          case 2 -> "c" + random.nextInt(200);
          default -> "x".repeat(random.nextInt(400));
        };
    PeerName one = new PeerName(random.nextInt(5));
    PeerName two = new PeerName(random.nextInt(5));
    byte[] payload = new byte[random.nextInt(40)];
    random.nextBytes(payload);
    return switch (random.nextInt(5)) {
      case 0 -> new MeshMessage.Gossip(channel, one, payload);
      case 1 -> new MeshMessage.GossipBroadcast(channel, one, payload);
      case 2 -> MessageCodec.unicast(channel, one, two, payload);
      case 3 -> new MeshMessage.OverlayControl(random.nextInt(256), random.nextInt(256), payload);
      default -> new MeshMessage.LegacyOverlayControl(1 + random.nextInt(3), payload);
    };
  }

  @Test
  void boundsTheUnknownChannelsItRelays() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter one = network.add(1);
    SimulatedRouter two = network.add(2);
    two.connectTo(one);
    assertTrue(network.await(SOON, () -> two.reaches(one) && one.reaches(two)));
    for (int i = 0; i < MeshConstants.MAX_SURROGATES + 7; i++) {
      network.send(
          two.linksSent().getFirst(),
          new MeshMessage.Gossip("channel" + i, two.name(), new byte[] {1}));
    }
    network.run(SOON);
    assertEquals(7L, one.mesh().counters().get(MeshMetric.SURROGATE_DROPPED));
    assertTrue(one.reaches(two));
  }

  @Test
  void unicastsThatLeadNowhereOrBackAreDroppedAndCounted() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter one = network.add(1);
    SimulatedRouter two = network.add(2);
    two.connectTo(one);
    assertTrue(network.await(SOON, () -> two.reaches(one) && one.reaches(two)));
    byte[] payload = {1};
    PeerName nobody = new PeerName(77);
    for (PeerName destination : List.of(nobody, two.name(), two.name())) {
      network.send(
          two.linksSent().getFirst(),
          MessageCodec.unicast("words", two.name(), destination, payload));
    }
    network.run(SOON);
    assertEquals(1L, one.mesh().counters().get(MeshMetric.UNICASTS_UNROUTABLE));
    assertEquals(2L, one.mesh().counters().get(MeshMetric.UNICASTS_LOOPED));
    assertTrue(one.reaches(two));
  }

  @Test
  void ofInventedPeersNoMoreThanTheBoundAreKeptAndTheOthersCounted() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter victim = network.add(1, SimulatedRouter.Options.NO_DISCOVERY);
    SimulatedRouter hostile = network.add(2, SimulatedRouter.Options.NO_DISCOVERY);
    hostile.connectTo(victim);
    assertTrue(network.await(SOON, () -> hostile.reaches(victim)));
    network.send(
        hostile.linksSent().getFirst(),
        new MeshMessage.Gossip(
            "topology", hostile.name(), Invented.peers(Topology.MAX_PEERS + 100)));
    network.run(Duration.ofMillis(100));
    assertEquals(Topology.MAX_PEERS, victim.mesh().peers().size());
    // Two of those known are the victim and its neighbour.
    assertEquals(102L, victim.mesh().counters().get(MeshMetric.PEERS_DROPPED));
    network.run(SOON);
    assertEquals(2, victim.mesh().peers().size(), "nobody leads to them");
  }

  @Test
  void ofInventedAddressesNoMoreThanTheBoundAreDialledAndThatIsCounted() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter victim = network.add(1);
    SimulatedRouter hostile = network.add(2);
    hostile.connectTo(victim);
    assertTrue(network.await(SOON, () -> hostile.reaches(victim)));
    assertEquals(0L, victim.mesh().counters().get(MeshMetric.DISCOVERED_DROPPED));
    network.send(
        hostile.linksSent().getFirst(),
        new MeshMessage.Gossip(
            "topology", hostile.name(), Invented.connections(MeshConstants.MAX_DISCOVERED + 100)));
    network.run(Duration.ofMillis(500));
    assertNotEquals(0L, victim.mesh().counters().get(MeshMetric.DISCOVERED_DROPPED));
    int dialled = Set.copyOf(victim.dialled()).size();
    assertTrue(dialled > 0 && dialled <= MeshConstants.MAX_DISCOVERED, dialled + " dialled");
    assertTrue(victim.reaches(hostile));
  }
}
