package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.SimulatedRouter.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom simulated routers dial, and when they try again (mesh.md 9). */
class MeshDiallingTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private static List<SimulatedRouter> add(SimulatedNetwork network, int count, Options options) {
    List<SimulatedRouter> routers = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      routers.add(network.add(i, options));
    }
    return routers;
  }

  /** Adds a router, number 1, that has all the connections that it may have. */
  private static SimulatedRouter full(SimulatedNetwork network) {
    SimulatedRouter full = network.add(1, new Options(false, 1, false, List.of()));
    full.connectTo(network.add(2, Options.NO_DISCOVERY));
    assertTrue(network.await(SOON, () -> full.neighbours().size() == 1));
    return full;
  }

  @Test
  void backsOffWithinTheRangesOfTheSpecificationWhereItIsTurnedAway() {
    SimulatedNetwork network = new SimulatedNetwork(5);
    SimulatedRouter full = full(network);
    SimulatedRouter router = network.add(3, Options.NO_DISCOVERY);
    router.connectTo(full);
    network.run(Duration.ofHours(2));
    List<Long> dials = router.dialledAtNanos();
    double interval = 2;
    for (int i = 1; i < dials.size(); i++) {
      double handshake = 10 * SimulatedNetwork.LATENCY_NANOS / 1e9;
      double waited = (dials.get(i) - dials.get(i - 1)) / 1e9;
      assertTrue(
          waited >= interval / 2 && waited <= interval * 1.5 + handshake,
          "wait %d was %.3f s for an interval of %.3f s".formatted(i, waited, interval));
      interval = Math.min(interval * 1.5, 360);
    }
    assertTrue(dials.size() > 25 && dials.size() < 60, dials.size() + " dials");
    ConnectionStatus line = router.mesh().connections().getFirst();
    assertEquals(ConnectionStatus.State.FAILED, line.state());
    assertTrue(line.info().matches(".*by peer, retry: 1970-01-01 0.* \\+0000 UTC"), line.info());
    assertEquals(1, router.mesh().activeTargetCount());

    int before = dials.size();
    router.connectTo(full);
    network.run(Duration.ofMillis(100));
    assertEquals(before + 1, dials.size(), "connect tries again at once");
  }

  @Test
  void keepsTryingAConfiguredPeerEveryFewSecondsWhileNobodyAnswers() {
    SimulatedNetwork network = new SimulatedNetwork(5);
    SimulatedRouter router = network.add(1);
    SimulatedRouter absent = new SimulatedRouter(network, 9, Options.USUAL);
    router.connectTo(absent);
    network.run(Duration.ofHours(2));
    List<Long> dials = router.dialledAtNanos();
    for (int i = 1; i < dials.size(); i++) {
      double waited = (dials.get(i) - dials.get(i - 1) - SimulatedNetwork.LATENCY_NANOS) / 1e9;
      assertTrue(waited >= 1 && waited <= 3, "wait %d was %.3f s".formatted(i, waited));
    }
    ConnectionStatus line = router.mesh().connections().getFirst();
    assertTrue(line.info().matches(".*refused, retry: 1970-01-01 0.* \\+0000 UTC"), line.info());
  }

  @Test
  void connectDuringAnAttemptStartsTheBackOffAnew() {
    SimulatedNetwork network = new SimulatedNetwork(5);
    SimulatedRouter full = full(network);
    SimulatedRouter router = network.add(3, Options.NO_DISCOVERY);
    router.connectTo(full);
    network.run(Duration.ofHours(1));
    assertTrue(network.await(Duration.ofMinutes(10), () -> isRetrying(router)));
    int dials = router.dialled().size();
    router.connectTo(full);
    assertEquals(dials, router.dialled().size(), "the attempt goes on");
    network.run(Duration.ofMillis(3_100));
    assertTrue(router.dialled().size() > dials, "the next one follows within three seconds");
  }

  private static boolean isRetrying(SimulatedRouter router) {
    return router.mesh().connections().getFirst().state() == ConnectionStatus.State.RETRYING;
  }

  @Test
  void saysThatTheConnectionLimitKeepsItFromDiallingAndDialsOnceThereIsRoom() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter limited = network.add(1, new Options(false, 1, false, List.of()));
    SimulatedRouter neighbour = network.add(2, Options.NO_DISCOVERY);
    SimulatedRouter wanted = network.add(3, Options.NO_DISCOVERY);
    neighbour.connectTo(limited);
    assertTrue(network.await(SOON, () -> limited.reaches(neighbour)));
    limited.connectTo(wanted);
    network.run(Duration.ofHours(1));
    ConnectionStatus line = limited.mesh().connections().getLast();
    assertEquals(ConnectionStatus.State.FAILED, line.state());
    assertTrue(
        line.info().matches("Connection limit reached \\(1\\), retry: 1970-01-01 0.*"),
        line.info());
    assertEquals(List.of(), limited.dialled());
    neighbour.kill();
    assertTrue(network.await(SOON, () -> limited.reaches(wanted)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aPartitionOfAnyLengthIsOverSecondsAfterItHeals(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    List<SimulatedRouter> routers = add(network, 6, Options.USUAL);
    for (int i = 1; i < routers.size(); i++) {
      routers.get(i).connectTo(routers.get(i - 1));
    }
    assertTrue(network.await(SOON, () -> isFullMesh(routers)));
    for (SimulatedRouter left : routers.subList(0, 3)) {
      routers.subList(3, 6).forEach(left::cut);
    }
    network.breakCutLinks();
    network.run(Duration.ofMinutes(3 * seed * seed));
    assertFalse(isFullMesh(routers));
    routers.forEach(SimulatedRouter::mend);
    assertTrue(network.await(SOON, () -> isFullMesh(routers)));
  }

  private static boolean isFullMesh(List<SimulatedRouter> routers) {
    return routers.stream().allMatch(router -> router.neighbours().size() == routers.size() - 1);
  }

  @Test
  void neverTriesItselfAgain() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter router = network.add(1);
    router.connectTo(router);
    network.run(Duration.ofMinutes(30));
    assertEquals(1, router.dialled().size());
    ConnectionStatus line = router.mesh().connections().getFirst();
    assertEquals("cannot connect to ourself, retry: never", line.info());
    assertEquals(0, router.mesh().activeTargetCount());
    assertEquals(List.of("host1:6783"), router.mesh().targets());
  }

  @Test
  void doesNotDialATargetWithoutPortWhileItsHostIsConnectedInbound() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 2, Options.NO_DISCOVERY);
    SimulatedRouter one = routers.getFirst();
    routers.getLast().connectTo(one);
    assertTrue(network.await(SOON, () -> one.reaches(routers.getLast())));
    Target target = new Target("host2", List.of(SimulatedNetwork.address(2)), false);
    one.event(mesh -> mesh.connect(List.of(target), false));
    network.run(Duration.ofMinutes(5));
    assertEquals(List.of(), one.dialled());
    routers.getLast().kill();
    network.run(SOON);
    assertFalse(one.dialled().isEmpty());
  }

  @Test
  void triesTheNextAddressOfANameThatHasSeveral() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = add(network, 2, Options.NO_DISCOVERY);
    Target target =
        new Target(
            "twofold", List.of(SimulatedNetwork.address(99), SimulatedNetwork.address(2)), true);
    routers.getFirst().event(mesh -> mesh.connect(List.of(target), false));
    assertTrue(network.await(SOON, () -> routers.getFirst().reaches(routers.getLast())));
    assertEquals(
        List.of(SimulatedNetwork.address(99), SimulatedNetwork.address(2)),
        routers.getFirst().dialled());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void connectGoesOnWithTheAddressOfANameThatIsBeingDialled(boolean replace) {
    Target twofold =
        new Target("two", List.of(SimulatedNetwork.address(9), SimulatedNetwork.address(3)), true);
    ScriptedShell shell = new ScriptedShell(Options.NO_DISCOVERY);
    shell.mesh().connect(List.of(twofold), false);
    shell.run(Duration.ofSeconds(1));
    shell.mesh().onDialFailed(shell.dialled().keySet().iterator().next(), "connection refused");
    shell.run(Duration.ofSeconds(4));
    assertEquals(twofold.addresses(), List.copyOf(shell.dialled().values()));
    shell.mesh().connect(List.of(twofold), replace);
    long link = List.copyOf(shell.dialled().keySet()).getLast();
    shell.answer(link, 3, 33);
    assertTrue(shell.reading().contains(link), "not refused: " + shell.closed());
  }
}
