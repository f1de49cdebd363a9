package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.SimulatedRouter.Options;
import io.weft.gossip.overlay.ForwarderParameters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections among simulated routers: their making, their ties and their end (mesh.md 6, 9). */
class MeshConnectionsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private static List<SimulatedRouter> add(SimulatedNetwork network, int count, Options options) {
    List<SimulatedRouter> routers = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      routers.add(network.add(i, options));
    }
    return routers;
  }

  private static long established(SimulatedRouter router) {
    return router.mesh().connections().stream()
        .filter(line -> line.state() == ConnectionStatus.State.ESTABLISHED)
        .count();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void keepsOneOfTwoConnectionsDialledAtOnce(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    List<SimulatedRouter> routers = add(network, 2, Options.USUAL);
    routers.get(0).connectTo(routers.get(1));
    routers.get(1).connectTo(routers.get(0));
    network.run(Duration.ofMinutes(1));
    long lowest =
        routers.get(0).prepared().stream()
            .map(ForwarderParameters::connectionUid)
            .min(Long::compareUnsigned)
            .orElseThrow();
    for (SimulatedRouter router : routers) {
      assertEquals(1, established(router), "router " + router.number());
    }
    ConnectionStatus one = routers.get(0).mesh().connections().getFirst();
    ConnectionStatus two = routers.get(1).mesh().connections().getFirst();
    assertNotEquals(one.outbound(), two.outbound());
    ForwarderParameters survivor =
        routers.get(0).prepared().stream()
            .filter(p -> p.connectionUid() == lowest)
            .findFirst()
            .orElseThrow();
    assertEquals(survivor.outbound(), one.outbound());
    assertTrue(routers.get(0).dialled().size() <= 2, "dials again what it is connected to");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void formsAFullMeshByDiscovery(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    List<SimulatedRouter> routers = add(network, 8, Options.USUAL);
    routers.subList(1, 8).forEach(router -> router.connectTo(routers.getFirst()));
    assertTrue(
        network.await(
            Duration.ofMinutes(2),
            () -> routers.stream().allMatch(router -> router.neighbours().size() == 7)));
    network.run(SOON);
    for (SimulatedRouter router : routers) {
      assertEquals(routers.getFirst().mesh().peers(), router.mesh().peers());
      assertEquals(8, router.mesh().routes().unicastTable().size());
    }
  }

  @Test
  void staysALineWithoutDiscovery() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 3, Options.NO_DISCOVERY);
    routers.get(0).connectTo(routers.get(1));
    routers.get(1).connectTo(routers.get(2));
    network.run(Duration.ofMinutes(1));
    assertEquals(Set.of(new PeerName(2)), routers.get(0).neighbours());
    assertTrue(routers.get(0).reaches(routers.get(2)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void acceptsARestartedRouterWithinSeconds(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    List<SimulatedRouter> routers = add(network, 3, Options.NO_DISCOVERY);
    SimulatedRouter middle = routers.get(1);
    routers.get(0).connectTo(middle);
    routers.get(2).connectTo(middle);
    assertTrue(network.await(SOON, () -> routers.get(0).reaches(routers.get(2))));
    network.run(Duration.ofMinutes(1));
    middle.kill();
    network.run(Duration.ofMillis(500));
    middle.restart();
    assertTrue(network.await(SOON, () -> routers.get(0).reaches(routers.get(2))));
    network.run(Duration.ofSeconds(3));
    for (SimulatedRouter router : routers) {
      assertEquals(middle.mesh().peers(), router.mesh().peers());
    }
  }

  @Test
  void dropsTheConnectionOfAnEarlierLifeWhenTheNewOneArrives() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 2, Options.NO_DISCOVERY);
    routers.get(1).connectTo(routers.get(0));
    assertTrue(network.await(SOON, () -> routers.get(0).reaches(routers.get(1))));
    // The host dies so that nobody hears of it, and comes back at once.
    routers.get(1).cut(routers.get(0));
    routers.get(1).kill();
    SimulatedRouter reborn = network.add(2, Options.NO_DISCOVERY);
    reborn.connectTo(routers.get(0));
    network.run(SOON);
    assertEquals(1, established(routers.get(0)));
    assertTrue(routers.get(0).reaches(reborn));
    assertEquals(List.of(), routers.get(0).gone());
  }

  @Test
  void forgetsAKilledRouterAboutASecondLater() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 4, Options.NO_DISCOVERY);
    for (int i = 1; i < 4; i++) {
      routers.get(i).connectTo(routers.get(i - 1));
    }
    assertTrue(network.await(SOON, () -> routers.get(0).reaches(routers.get(3))));
    network.run(SOON);
    for (SimulatedRouter router : routers) {
      router.gone().clear();
      router.channel().gone().clear();
    }
    routers.get(3).kill();
    network.run(Duration.ofMillis(2500));
    for (SimulatedRouter router : routers.subList(0, 3)) {
      assertFalse(router.mesh().isKnownPeer(new PeerName(4)), "router " + router.number());
      assertEquals(List.of(new PeerName(4)), router.gone(), "router " + router.number());
      assertEquals(List.of(new PeerName(4)), router.channel().gone());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void movesTheHigherNameWhenShortIdsCollide(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    Options options = Options.NO_DISCOVERY.withFirstShortId(1234);
    List<SimulatedRouter> routers = add(network, 3, options);
    routers.get(0).connectTo(routers.get(1));
    routers.get(1).connectTo(routers.get(2));
    network.run(Duration.ofSeconds(20));
    assertEquals(1234, shortId(routers.get(0)));
    Set<Integer> ids =
        routers.stream().map(MeshConnectionsTest::shortId).collect(Collectors.toSet());
    assertEquals(3, ids.size());
    assertEquals(0L, routers.get(0).mesh().counters().get(MeshMetric.SHORT_ID_REASSIGNMENTS));
    assertNotEquals(0L, routers.get(2).mesh().counters().get(MeshMetric.SHORT_ID_REASSIGNMENTS));
    for (SimulatedRouter router : routers) {
      assertEquals(routers.getFirst().mesh().peers(), router.mesh().peers());
    }
    List<PeerStatus> settled = routers.getFirst().mesh().peers();
    network.run(Duration.ofMinutes(3));
    assertEquals(settled, routers.getFirst().mesh().peers(), "short ids are not at rest");
    assertEquals(Optional.of(new PeerName(1)), routers.getLast().mesh().peerOfShortId(1234));
  }

  @Test
  void announcesAPreferredShortIdFromTheFirstHandshakeOn() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 2, Options.USUAL.withFirstShortId(1234));
    routers.get(0).mesh().preferShortId(77);
    routers.get(0).connectTo(routers.get(1));
    network.run(Duration.ofSeconds(20));
    for (ForwarderParameters parameters : routers.get(1).prepared()) {
      assertEquals(77, parameters.features().shortId());
    }
    assertEquals(Optional.of(new PeerName(1)), routers.get(1).mesh().peerOfShortId(77));
  }

  private static int shortId(SimulatedRouter router) {
    return router.mesh().peers().stream()
        .filter(peer -> peer.name().equals(router.name()))
        .findFirst()
        .orElseThrow()
        .shortId();
  }

  @Test
  void holdsToTheConnectionLimit() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter limited = network.add(1, new Options(true, 2, false, List.of()));
    List<SimulatedRouter> others = new ArrayList<>();
    for (int i = 2; i <= 5; i++) {
      SimulatedRouter other = network.add(i, Options.NO_DISCOVERY);
      others.add(other);
      other.connectTo(limited);
    }
    network.run(Duration.ofMinutes(1));
    assertEquals(2, established(limited));
    Set<String> reasons =
        others.stream()
            .flatMap(other -> other.mesh().connections().stream())
            .map(line -> line.state().toString())
            .collect(Collectors.toSet());
    assertEquals(Set.of("established", "failed"), reasons);
    assertTrue(limited.mesh().counters().getOrDefault(MeshMetric.CONNECTIONS_REFUSED, 0L) > 0);
    limited.connectTo(others.getLast());
    network.run(Duration.ofMinutes(1));
    assertEquals(0, limited.dialled().size());
  }

  @Test
  void forgetsTargetsButKeepsTheirConnections() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 2, Options.NO_DISCOVERY);
    SimulatedRouter one = routers.getFirst();
    one.connectTo(routers.getLast());
    assertTrue(network.await(SOON, () -> one.reaches(routers.getLast())));
    one.event(mesh -> mesh.forget(List.of("host2:6783")));
    network.run(SOON);
    assertTrue(one.reaches(routers.getLast()));
    assertEquals(List.of(), one.mesh().targets());
    routers.getLast().kill();
    network.run(Duration.ofMinutes(10));
    assertEquals(1, one.dialled().size());
    assertEquals(List.of(), one.mesh().connections());
  }

  @Test
  void replacesTargets() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 3, Options.NO_DISCOVERY);
    SimulatedRouter one = routers.getFirst();
    one.connectTo(routers.get(1));
    one.event(mesh -> mesh.connect(List.of(SimulatedRouter.target(routers.get(2))), true));
    assertEquals(List.of("host3:6783"), one.mesh().targets());
    network.run(SOON);
    assertEquals(Set.of(new PeerName(3)), one.neighbours());
  }

  @Test
  void leavesTheDataPlanePlainOnlyWhenBothEndsTrust() {
    Subnet all = Subnet.parse("10.0.0.0/8");
    for (boolean bothTrust : List.of(true, false)) {
      SimulatedNetwork network = new SimulatedNetwork(1);
      SimulatedRouter one = network.add(1, new Options(false, 0, true, List.of(all)));
      SimulatedRouter two =
          network.add(2, new Options(false, 0, true, bothTrust ? List.of(all) : List.of()));
      two.connectTo(one);
      assertTrue(network.await(SOON, () -> one.reaches(two)));
      byte[] key = one.prepared().getFirst().sessionKey();
      String info = one.mesh().connections().getFirst().info();
      if (bothTrust) {
        assertNull(key);
        assertEquals("unencrypted sleeve 00:00:00:00:00:02(host2)", info);
      } else {
        assertNotNull(key);
        assertEquals("encrypted   sleeve 00:00:00:00:00:02(host2)", info);
      }
    }
  }

  @Test
  void showsConnectionsAsStatusPrintsThem() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 2, Options.NO_DISCOVERY);
    routers.getFirst().connectTo(routers.getLast());
    assertTrue(network.await(SOON, () -> routers.getFirst().reaches(routers.getLast())));
    ConnectionStatus line = routers.getFirst().mesh().connections().getFirst();
    assertEquals("10.0.0.2:6783", line.address());
    assertTrue(line.outbound());
    assertEquals("sleeve 00:00:00:00:00:02(host2)", line.info());
    assertNotNull(line.attributes());
    assertEquals("{mtu=1438, name=sleeve}", line.attributes().toString());
    assertEquals("established", line.state().toString());
  }

  @Test
  void closesEverythingOnShutdown() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 3, Options.USUAL);
    routers.get(0).connectTo(routers.get(1));
    routers.get(2).connectTo(routers.get(1));
    assertTrue(network.await(SOON, () -> routers.get(0).reaches(routers.get(2))));
    routers.get(1).event(Mesh::shutdown);
    network.run(Duration.ofMillis(100));
    assertEquals(Timed.NEVER, routers.get(1).mesh().nextDeadlineNanos());
    assertEquals(0, established(routers.get(1)));
    Set<PeerName> neighbours = new HashSet<>(routers.get(0).neighbours());
    neighbours.addAll(routers.get(2).neighbours());
    assertFalse(neighbours.contains(new PeerName(2)));
  }

  @Test
  void announcesItsFeatures() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    Options options = new Options(true, 0, true, List.of(Subnet.parse("10.0.0.0/24")));
    SimulatedRouter router = network.add(1, options);
    var trusted = router.mesh().localFeatures(SimulatedNetwork.address(2));
    assertEquals("mac", trusted.get("PeerNameFlavour"));
    assertEquals("00:00:00:00:00:01", trusted.get("Name"));
    assertEquals("host1", trusted.get("NickName"));
    assertEquals("true", trusted.get("Trusted"));
    assertEquals("sleeve", trusted.get("Overlays"));
    assertEquals(Integer.toString(shortId(router)), trusted.get("ShortID"));
    var stranger = router.mesh().localFeatures(SimulatedNetwork.address(300));
    assertEquals("false", stranger.get("Trusted"));
  }
}
