package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.RecordingChannel.Words;
import io.weft.gossip.channel.UnreachablePeerException;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.MessageCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gossip among simulated routers (mesh.md 8, 18). */
class MeshGossipTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /** Routers 1 to count, each connected to the next, without discovery. */
  private static List<SimulatedRouter> line(SimulatedNetwork network, int count) {
    return line(network, count, SimulatedRouter.Options.NO_DISCOVERY);
  }

  private static List<SimulatedRouter> line(
      SimulatedNetwork network, int count, SimulatedRouter.Options options) {
    List<SimulatedRouter> routers = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      routers.add(network.add(i, options));
    }
    for (int i = 1; i < count; i++) {
      routers.get(i).connectTo(routers.get(i - 1));
    }
    BooleanSupplier connected =
        () -> routers.stream().allMatch(a -> routers.stream().allMatch(a::reaches));
    assertTrue(network.await(Duration.ofSeconds(40), connected));
    network.run(Duration.ofSeconds(5));
    return routers;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void relaysUnicastsThroughTheMiddle(long seed) throws UnreachablePeerException {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    List<SimulatedRouter> line = line(network, 3);
    line.get(0).sender().unicast(line.get(2).name(), bytes("hello"));
    network.run(SOON);
    assertEquals(List.of("hello"), line.get(2).channel().unicasts());
    assertEquals(List.of(), line.get(1).channel().unicasts());
  }

  @Test
  void relaysAUnicastAsLargeAsAMessageMayBe() throws UnreachablePeerException {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 3);
    // The names, the channel and the lengths take less than a hundred bytes.
    String text = "x".repeat(MeshConstants.MAX_UNICAST_BYTES - 100);
    line.get(0).sender().unicast(line.get(2).name(), bytes(text));
    network.run(SOON);
    assertTrue(line.get(2).channel().unicasts().equals(List.of(text)), "it arrived whole");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void deliversBroadcastsExactlyOnce(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    List<SimulatedRouter> line = line(network, 5);
    line.get(1).event(mesh -> line.get(1).sender().broadcast(Words.of("to all")));
    network.run(SOON);
    for (SimulatedRouter router : line) {
      List<String> expected = router == line.get(1) ? List.of() : List.of("to all");
      assertEquals(expected, router.channel().broadcasts(), "router " + router.number());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void spreadsStateToEverybody(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    List<SimulatedRouter> line = line(network, 5);
    line.get(0).event(mesh -> line.get(0).sender().gossip(Words.of("news")));
    network.run(SOON);
    line.subList(1, 5).forEach(router -> assertEquals(Set.of("news"), router.channel().words()));
  }

  @Test
  void sendsItsStateDownANewConnection() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter one = network.add(1);
    one.channel().words().add("old news");
    SimulatedRouter two = network.add(2);
    two.connectTo(one);
    assertTrue(network.await(SOON, () -> two.channel().words().contains("old news")));
  }

  @Test
  void repeatsItsStateEveryThirtySeconds() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 2);
    line.get(0).channel().words().add("grown since");
    network.run(Duration.ofSeconds(34));
    assertEquals(Set.of("grown since"), line.get(1).channel().words());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void intervalsVaryByThreeSecondsEitherWaySoThatRoutersDoNotFallInStep(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    SimulatedRouter.Options alone = SimulatedRouter.Options.NO_DISCOVERY.plain();
    List<SimulatedRouter> line = line(network, 2, alone);
    line.forEach(router -> router.channel().words().add("state"));
    List<List<Double>> intervals = List.of(new ArrayList<>(), new ArrayList<>());
    double[] lastSeconds = {0, 0};
    long[] sent = {words(line.get(0)), words(line.get(1))};
    for (int tenth = 0; tenth < 12_000; tenth++) {
      network.run(Duration.ofMillis(100));
      for (int i = 0; i < 2; i++) {
        long now = words(line.get(i));
        if (now > sent[i]) {
          intervals.get(i).add(tenth / 10.0 - lastSeconds[i]);
          lastSeconds[i] = tenth / 10.0;
          sent[i] = now;
        }
      }
    }
    for (List<Double> each : intervals) {
      List<Double> whole = each.subList(1, each.size());
      String all = "seed " + seed + ": " + whole;
      assertTrue(whole.size() >= 35, all);
      assertTrue(whole.stream().allMatch(seconds -> seconds > 26.8 && seconds < 33.2), all);
      assertTrue(whole.stream().anyMatch(seconds -> seconds < 29), all);
      assertTrue(whole.stream().anyMatch(seconds -> seconds > 31), all);
    }
    assertNotEquals(intervals.get(0), intervals.get(1), "seed " + seed);
  }

  private static long words(SimulatedRouter router) {
    return router.sent().stream()
        .filter(m -> m instanceof MeshMessage.Gossip g && g.channel().equals("words"))
        .count();
  }

  @Test
  void mergesWhatWaitsForASlowConnection() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 2);
    SimulatedRouter slow = line.get(0);
    slow.blockWrites(true);
    int before = slow.sent().size();
    for (int i = 0; i < 10_000; i++) {
      slow.event(mesh -> slow.sender().gossip(Words.of("same")));
    }
    network.run(SOON);
    assertEquals(before, slow.sent().size());
    slow.blockWrites(false);
    network.run(SOON);
    assertEquals(1, words(slow));
    assertEquals(Set.of("same"), line.get(1).channel().words());
  }

  @Test
  void dropsAndCountsUnicastsThatASlowConnectionCannotTake() throws UnreachablePeerException {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 2);
    SimulatedRouter slow = line.get(0);
    slow.blockWrites(true);
    for (int i = 0; i < MeshConstants.MAX_WAITING_UNICASTS + 5; i++) {
      slow.sender().unicast(line.get(1).name(), bytes("x"));
    }
    slow.blockWrites(false);
    network.run(SOON);
    assertEquals(MeshConstants.MAX_WAITING_UNICASTS, line.get(1).channel().unicasts().size());
    assertEquals(5L, slow.mesh().counters().get(MeshMetric.UNICASTS_DROPPED));
  }

  @Test
  void saysWhyAUnicastCannotBeSent() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter one = network.add(1);
    UnreachablePeerException failure =
        assertThrows(
            UnreachablePeerException.class,
            () -> one.sender().unicast(new PeerName(2), bytes("x")));
    assertEquals("unknown relay destination: 00:00:00:00:00:02", failure.getMessage());
  }

  @Test
  void closesTheConnectionThatDeliversABadPayload() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 3);
    line.get(0).event(mesh -> line.get(0).sender().gossip(Words.of(RecordingChannel.BAD)));
    assertTrue(network.await(SOON, () -> line.get(1).neighbours().equals(Set.of(new PeerName(3)))));
    assertEquals(1L, line.get(1).mesh().counters().get(MeshMetric.PAYLOADS_REFUSED));
    String info = line.get(1).mesh().connections().getLast().info();
    assertTrue(info.startsWith("a bad word, retry: "), info);
  }

  @Test
  void closesTheConnectionThatDeliversATopologyUnicast() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 2);
    long link = line.get(0).linksSent().getFirst();
    network.send(
        link, MessageCodec.unicast("topology", new PeerName(1), new PeerName(2), new byte[] {1}));
    assertTrue(network.await(SOON, () -> line.get(1).neighbours().isEmpty()));
    String info = line.get(1).mesh().connections().getFirst().info();
    assertTrue(info.startsWith("unexpected topology gossip unicast: "), info);
  }

  @Test
  void relaysUnknownChannelsOnceEach() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 3);
    // The middle one has no channel of that name.
    long link = line.get(0).linksSent().getFirst();
    MeshMessage message = unheard("opaque");
    network.send(link, message);
    network.send(link, message);
    network.run(SOON);
    assertEquals(1, relayedUnheard(line.get(1)));
    network.send(link, new MeshMessage.GossipBroadcast("unheard", new PeerName(1), bytes("b")));
    network.run(SOON);
    assertTrue(
        line.get(1).sent().stream()
            .anyMatch(
                m -> m instanceof MeshMessage.GossipBroadcast b && b.channel().equals("unheard")));
  }

  @Test
  void forgetsWhatItHasRelayedAfterAGossipIntervalWhenSomethingElseComes() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 3);
    SimulatedRouter middle = line.get(1);
    long link = line.get(0).linksSent().getFirst();
    network.send(link, unheard("first"));
    network.run(Duration.ofSeconds(20));
    network.send(link, unheard("second"));
    network.run(Duration.ofMinutes(5));
    assertEquals(2, relayedUnheard(middle));
    network.send(link, unheard("first"));
    network.run(SOON);
    assertEquals(2, relayedUnheard(middle), "nothing new has come for a long time");
    network.send(link, unheard("third"));
    network.run(SOON);
    network.send(link, unheard("third"));
    network.send(link, unheard("first"));
    network.run(SOON);
    assertEquals(4, relayedUnheard(middle), "the third one, and once more the first");
  }

  private static MeshMessage unheard(String text) {
    return new MeshMessage.Gossip("unheard", new PeerName(1), bytes(text));
  }

  private static long relayedUnheard(SimulatedRouter router) {
    return router.sent().stream()
        .filter(m -> m instanceof MeshMessage.Gossip g && g.channel().equals("unheard"))
        .count();
  }

  @Test
  void doesNotSendOnItsOwnBroadcastThatComesBack() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 2);
    network.send(
        line.get(0).linksSent().getFirst(),
        new MeshMessage.GossipBroadcast("words", new PeerName(2), bytes("echo")));
    network.run(SOON);
    assertEquals(List.of(), line.get(1).channel().broadcasts());
    assertEquals(1L, line.get(1).mesh().counters().get(MeshMetric.BROADCASTS_RETURNED));
  }

  @Test
  void ignoresUnknownTagsAndBlanksAndKeepsTheConnection() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = line(network, 2);
    line.get(1)
        .event(mesh -> {
          long link = line.get(1).linksSent().getFirst();
          mesh.onMessage(link, new MeshMessage.Unknown(200));
          mesh.onMessage(link, new MeshMessage.Blank());
          mesh.onMessage(link, new MeshMessage.Heartbeat());
        });
    network.run(SOON);
    assertEquals(1L, line.get(1).mesh().counters().get(MeshMetric.UNKNOWN_TAGS));
    assertFalse(line.get(1).neighbours().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sendsAHeartbeatEveryThirtySecondsAndEveryFiveWhereBothEndsAnnounceIt(boolean plain) {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter.Options options = SimulatedRouter.Options.NO_DISCOVERY;
    List<SimulatedRouter> line = line(network, 2, plain ? options.plain() : options);
    network.run(Duration.ofMinutes(5));
    long beats =
        line.get(0).sent().stream().filter(MeshMessage.Heartbeat.class::isInstance).count();
    long expected = plain ? 10 : 60;
    assertTrue(beats == expected || beats == expected + 1, beats + " heartbeats");
  }

  @Test
  void sendsTheUsualHeartbeatsWhereOnlyOneEndAnnouncesMore() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter.Options options = SimulatedRouter.Options.NO_DISCOVERY;
    SimulatedRouter plain = network.add(1, options.plain());
    SimulatedRouter other = network.add(2, options);
    other.connectTo(plain);
    network.run(Duration.ofMinutes(5));
    for (SimulatedRouter router : List.of(plain, other)) {
      long beats = router.sent().stream().filter(MeshMessage.Heartbeat.class::isInstance).count();
      assertTrue(beats == 9 || beats == 10, beats + " heartbeats of " + router.number());
    }
  }
}
