package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.SimulatedRouter.Options;
import io.weft.gossip.topology.ConnectionList;
import io.weft.gossip.topology.DeltaCodec;
import io.weft.gossip.topology.DeltaMessage;
import io.weft.gossip.topology.PeerChange;
import io.weft.gossip.topology.PeerRecord;
import io.weft.gossip.topology.PeerVersion;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.topology.Unheard;
import io.weft.gossip.wire.Extensions;
import io.weft.gossip.wire.MeshMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Routers that know the extension {@code delta}, among themselves and among others. */
class MeshDeltaTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Options PLAIN = Options.USUAL.plain();

  private static boolean agree(List<SimulatedRouter> routers) {
    return routers.stream()
        .allMatch(router -> router.mesh().peers().equals(routers.getFirst().mesh().peers()));
  }

  private static void awaitAgreement(SimulatedNetwork network, List<SimulatedRouter> routers) {
    assertTrue(
        network.await(
            Duration.ofSeconds(30),
            () ->
                agree(routers)
                    && routers.stream()
                        .allMatch(router -> router.neighbours().size() == routers.size() - 1)));
    network.run(SOON);
    assertTrue(agree(routers));
  }

  /** A full mesh, found by discovery from the first router. */
  private static List<SimulatedRouter> mesh(SimulatedNetwork network, Options... options) {
    List<SimulatedRouter> routers = new ArrayList<>();
    for (Options each : options) {
      routers.add(network.add(routers.size() + 1, each));
    }
    routers.forEach(router -> router.connectTo(routers.getFirst()));
    awaitAgreement(network, routers);
    return routers;
  }

  private static Stream<MeshMessage> topologyPayloads(SimulatedRouter router) {
    return router.sent().stream()
        .filter(m -> m instanceof MeshMessage.Gossip g && g.channel().equals("topology"));
  }

  private static long count(SimulatedRouter router, MeshMetric metric) {
    Long count = router.mesh().counters().get(metric);
    return count == null ? -1 : count;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void agreeWithoutASingleTopologyPayload(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    Options all = Options.USUAL;
    for (SimulatedRouter router : mesh(network, all, all, all, all, all, all)) {
      assertEquals(0, topologyPayloads(router).count(), "seed " + seed);
      assertTrue(count(router, MeshMetric.DELTA_BYTES_SENT) > 0);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void agreeWithRoutersThatDoNotKnowTheExtension(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    Options weft = Options.USUAL;
    List<SimulatedRouter> routers = mesh(network, weft, PLAIN, weft, PLAIN, weft, PLAIN);
    for (SimulatedRouter router : routers) {
      boolean plain = router.number() % 2 == 0;
      boolean extended = router.sent().stream().anyMatch(MeshMessage.Extension.class::isInstance);
      assertEquals(!plain, extended, "seed " + seed);
      assertTrue(topologyPayloads(router).count() > 0);
      assertEquals(0, count(router, MeshMetric.UNKNOWN_TAGS));
      assertEquals(0, count(router, MeshMetric.PAYLOADS_REFUSED));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void hearOfEachOtherThroughARouterInTheMiddle(boolean plainMiddle) {
    SimulatedNetwork network = new SimulatedNetwork(1);
    Options weft = Options.NO_DISCOVERY;
    List<SimulatedRouter> line = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      line.add(network.add(i, plainMiddle == (i == 3) ? weft.plain() : weft));
      if (i > 1) {
        line.get(i - 1).connectTo(line.get(i - 2));
      }
    }
    assertTrue(network.await(Duration.ofSeconds(30), () -> agree(line)));
    network.run(SOON);
    assertEquals(5, line.getFirst().mesh().peers().size());
    assertTrue(agree(line));
  }

  @Test
  void exchangeNothingButDigestsAtRest() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = mesh(network, Options.USUAL, Options.USUAL, Options.USUAL);
    network.run(Duration.ofMinutes(1));
    routers.forEach(router -> router.sent().clear());
    network.run(Duration.ofMinutes(5));
    for (SimulatedRouter router : routers) {
      Set<String> kinds = new HashSet<>();
      for (MeshMessage message : router.sent()) {
        kinds.add(
            message instanceof MeshMessage.Extension e
                ? "extension " + e.body()[0]
                : message.getClass().getSimpleName());
      }
      assertEquals(Set.of("extension 1", "Heartbeat"), kinds);
      assertTrue(count(router, MeshMetric.DIGESTS_MATCHED) >= 10);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void believeARestartedRouterAtOnce(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    List<SimulatedRouter> routers =
        mesh(network, Options.USUAL, Options.USUAL, Options.USUAL, Options.USUAL);
    SimulatedRouter restarted = routers.get(2);
    restarted.kill();
    network.run(Duration.ofMillis(200));
    restarted.restart();
    restarted.connectTo(routers.getFirst());
    awaitAgreement(network, routers);
    assertEquals(0, count(restarted, MeshMetric.FOREIGN_CLAIMS), "seed " + seed);
  }

  @Test
  void makeUpForMessagesThatNeverArrive() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = mesh(network, Options.USUAL, Options.USUAL, Options.USUAL);
    SimulatedRouter deaf = routers.get(2);
    SimulatedRouter news = network.add(4, Options.NO_DISCOVERY);
    deaf.cut(routers.get(0));
    deaf.cut(routers.get(1));
    news.connectTo(routers.getFirst());
    network.run(SOON);
    assertEquals(4, routers.getFirst().mesh().peers().size());
    assertEquals(3, deaf.mesh().peers().size());
    deaf.mend();
    assertTrue(
        network.await(Duration.ofSeconds(45), () -> deaf.mesh().peers().size() == 4), "healed");
  }

  @Test
  void askAgainElsewhereWhenNobodyAnswers() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = mesh(network, Options.USUAL, Options.USUAL, Options.USUAL);
    SimulatedRouter asker = routers.getFirst();
    DeltaMessage promise =
        new DeltaMessage.Summary(false, List.of(new PeerVersion(new PeerName(99), 7, 7, false)));
    long before = count(asker, MeshMetric.DIGESTS_SENT);
    asker.event(mesh ->
        mesh.onMessage(
            asker.linksSent().getFirst(), new MeshMessage.Extension(DeltaCodec.encode(promise))));
    network.run(Duration.ofSeconds(4));
    assertEquals(1, count(asker, MeshMetric.REQUESTS_UNANSWERED));
    assertTrue(count(asker, MeshMetric.DIGESTS_SENT) > before);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void exchangeTheStateOfAChannelWhoseDigestsDiffer(boolean plainMiddle) {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      Options options = Options.NO_DISCOVERY;
      line.add(network.add(i, plainMiddle && i == 2 ? options.plain() : options));
      line.getLast().channel().makeDigestible();
      if (i > 1) {
        line.getLast().connectTo(line.get(i - 2));
      }
    }
    network.run(SOON);
    line.get(0).channel().words().add("one");
    line.get(2).channel().words().add("three");
    network.run(Duration.ofSeconds(70));
    for (SimulatedRouter router : line) {
      assertEquals(Set.of("one", "three"), router.channel().words());
      assertTrue(router.number() == 2 || plainMiddle || count(router, MeshMetric.PULLS_SENT) > 0);
      router.sent().clear();
    }
    network.run(Duration.ofSeconds(70));
    long states =
        line.getFirst().sent().stream()
            .filter(m -> m instanceof MeshMessage.Gossip g && g.channel().equals("words"))
            .count();
    assertEquals(plainMiddle, states > 0);
  }

  @Test
  void aRelayThatOwnsNeitherOfTwoChannelsPassesOnBothInEveryRound() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> line = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      line.add(network.add(i, Options.NO_DISCOVERY));
      if (i > 1) {
        line.getLast().connectTo(line.get(i - 2));
      }
    }
    List<RecordingChannel> said = ownTwoMore(line.getFirst());
    List<RecordingChannel> heard = ownTwoMore(line.getLast());
    assertTrue(network.await(SOON, () -> line.getFirst().reaches(line.getLast())));
    for (int round = 1; round <= 5; round++) {
      String word = "round " + round;
      said.forEach(channel -> channel.words().add(word));
      network.run(Duration.ofSeconds(34));
      for (RecordingChannel channel : heard) {
        assertTrue(channel.words().contains(word), word + " of " + channel.name());
      }
    }
  }

  private static List<RecordingChannel> ownTwoMore(SimulatedRouter router) {
    List<RecordingChannel> two =
        List.of(new RecordingChannel("one"), new RecordingChannel("another"));
    two.forEach(RecordingChannel::makeDigestible);
    router.event(mesh -> two.forEach(mesh::register));
    return two;
  }

  @Test
  void announceTheExtensionOnlyWhenConfigured() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter weft = network.add(1);
    SimulatedRouter plain = network.add(2, PLAIN);
    assertEquals(
        Extensions.VALUE,
        weft.mesh().localFeatures(SimulatedNetwork.address(2)).get(Extensions.KEY));
    assertFalse(
        plain.mesh().localFeatures(SimulatedNetwork.address(1)).containsKey(Extensions.KEY));
  }

  @Test
  void closeAConnectionThatDeliversGarbageAndCountItWhereNothingWasAnnounced() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = mesh(network, Options.USUAL, PLAIN, Options.USUAL);
    MeshMessage garbage = new MeshMessage.Extension(new byte[] {99});
    SimulatedRouter weft = routers.getFirst();
    Set<Long> links = new HashSet<>(weft.linksSent());
    links.forEach(link -> weft.event(mesh -> mesh.onMessage(link, garbage)));
    assertEquals(1, count(weft, MeshMetric.UNKNOWN_TAGS));
    assertEquals(1, count(weft, MeshMetric.PAYLOADS_REFUSED));
    assertEquals(Set.of(new PeerName(2)), weft.neighbours());
    awaitAgreement(network, routers);
  }

  @Test
  void doNotSendWholeStatesAsOftenAsANeighbourCallsForThem() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    List<SimulatedRouter> routers = mesh(network, Options.USUAL, Options.USUAL);
    SimulatedRouter pestered = routers.getFirst();
    long link = pestered.linksSent().getFirst();
    pestered.sent().clear();
    for (int i = 0; i < 100; i++) {
      for (DeltaMessage call :
          List.of(new DeltaMessage.Digest("topology", i), new DeltaMessage.Pull("topology"))) {
        byte[] body = DeltaCodec.encode(call);
        pestered.event(mesh -> mesh.onMessage(link, new MeshMessage.Extension(body)));
      }
    }
    assertEquals(2, pestered.sent().size());
    assertTrue(count(pestered, MeshMetric.EXCHANGES_SKIPPED) >= 198);
  }

  @Test
  void pullNoMoreChannelsThatTheyOnlyRelayThanANeighbourCanHave() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    Options options = Options.NO_DISCOVERY;
    SimulatedRouter pestered = mesh(network, options, options).getFirst();
    long link = pestered.linksSent().getFirst();
    for (int round = 0; round < 2; round++) {
      network.run(Duration.ofSeconds(1));
      pestered.sent().clear();
      for (int i = 0; i < 100; i++) {
        // Each name twice.
        DeltaMessage call = new DeltaMessage.Digest("channel " + round + i / 2, i);
        byte[] body = DeltaCodec.encode(call);
        pestered.event(mesh -> mesh.onMessage(link, new MeshMessage.Extension(body)));
      }
      assertEquals(MeshConstants.MAX_RELAYED_PULLS, pestered.sent().size());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingIsPassedOnAboutAPeerThatNobodyReaches(boolean extended) {
    SimulatedNetwork network = new SimulatedNetwork(1);
    Options options = extended ? Options.NO_DISCOVERY : Options.NO_DISCOVERY.plain();
    SimulatedRouter one = network.add(1, options);
    SimulatedRouter middle = network.add(2, options);
    SimulatedRouter last = network.add(3, options);
    one.connectTo(middle);
    last.connectTo(middle);
    assertTrue(network.await(SOON, () -> one.reaches(last) && last.reaches(one)));
    network.run(SOON);
    PeerName gone = new PeerName(99);
    network.send(one.linksSent().getFirst(), about(gone, extended));
    for (int tenths = 0; tenths < 50; tenths++) {
      network.run(Duration.ofMillis(100));
      assertFalse(last.mesh().isKnownPeer(gone), "after " + tenths);
    }
    assertFalse(middle.mesh().isKnownPeer(gone));
  }

  /** What a neighbour says whose garbage has not been collected yet. */
  private static MeshMessage about(PeerName gone, boolean extended) {
    PeerRecord record = new PeerRecord(gone, "gone", 7, 8, null, ConnectionList.NONE);
    if (extended) {
      List<PeerChange> changes = List.of(new PeerChange(record, true, 0, new long[0]));
      return new MeshMessage.Extension(DeltaCodec.encode(new DeltaMessage.Delta(changes)));
    }
    Topology topology = new Topology(gone, "gone", 7, 8, new Random(1), new Unheard());
    byte[] payload = topology.encode(List.of(gone)).getFirst();
    return new MeshMessage.Gossip("topology", new PeerName(1), payload);
  }
}
