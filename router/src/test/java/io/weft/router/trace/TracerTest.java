package io.weft.router.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipSender;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tracers that ask each other, over a mesh that is a queue. */
final class TracerTest {
  private static final long SEED = 20261128;
  private static final PeerName A = new PeerName(0x0a0000000001L);
  private static final PeerName B = new PeerName(0x0a0000000002L);
  private static final PeerName C = new PeerName(0x0a0000000003L);
  private static final long MAC_ON_A = 0x5a0000000001L;
  private static final long MAC_ON_C = 0x5a0000000003L;
  private static final TraceEnd SOURCE = TraceEnd.parse("10.32.0.1");
  private static final TraceEnd DESTINATION = TraceEnd.parse("10.40.0.1");

  private final EventTime time = new EventTime(0, 0);
  private final Random random = new Random(SEED);
  private final Map<PeerName, Tracer> tracers = new HashMap<>();
  private final ArrayDeque<Runnable> messages = new ArrayDeque<>();
  private final Map<PeerName, Hop> hops = new HashMap<>();
  private final Set<PeerName> peers = new TreeSet<>(List.of(A, B, C));
  private final Map<PeerName, Optional<PeerName>> befores = new HashMap<>();
  private final List<String> lines = new ArrayList<>();

  TracerTest() {
    for (PeerName peer : List.of(A, B, C)) {
      Tracer tracer = new Tracer(new View(peer), time, random::nextLong);
      tracer.connect(new Sender(peer));
      tracers.put(peer, tracer);
    }
    hops.put(A, new Hop(Hop.Verdict.FORWARDED, B, C, List.of("map entry at C")));
    hops.put(B, new Hop(Hop.Verdict.FORWARDED, C, C, List.of("route to C")));
    hops.put(C, new Hop(Hop.Verdict.DELIVERED, null, C, List.of("on the bridge")));
  }

  @Test
  void asksEachRouterOnTheWayAndFindsBothEndsWhoeverIsAsked() {
    for (PeerName asked : peers) {
      trace(asked, SOURCE, DESTINATION);
      assertEquals(
          List.of(
              "source 10.32.0.1: 5a:00:00:00:00:01 10.32.0.1/12 at " + A + ", bridge port pa",
              "destination 10.40.0.1: 5a:00:00:00:00:03 10.40.0.1/12 at " + C + ", bridge port pc",
              "1. " + A,
              "   map entry at C",
              "2. " + B,
              "   route to C",
              "3. " + C,
              "   on the bridge",
              "delivered"),
          lines);
      assertEquals(
          Map.of(A, Optional.empty(), B, Optional.of(A), C, Optional.of(B)),
          befores,
          "each is told who sends the frame");
    }
  }

  @Test
  void saysWhereAFrameIsDroppedAndWhy() {
    hops.put(B, new Hop(Hop.Verdict.DROPPED, null, C, List.of("route: none to C")));
    trace(A, SOURCE, DESTINATION);
    assertEquals(
        List.of("2. " + B, "   route: none to C", "dropped"),
        lines.subList(lines.size() - 3, lines.size()));
  }

  @Test
  void saysWhichRouterDoesNotAnswer() {
    tracers.remove(B);
    trace(A, SOURCE, DESTINATION);
    assertEquals(
        List.of("2. " + B, "unknown: this router does not answer; Weave Net's do not"),
        lines.subList(lines.size() - 2, lines.size()));
  }

  @Test
  void endsWhereRoutersSendAFrameInACircle() {
    hops.put(B, new Hop(Hop.Verdict.FORWARDED, A, C, List.of()));
    trace(A, SOURCE, DESTINATION);
    assertEquals("dropped: the routers disagree, the frame comes back to " + A, lines.getLast());
  }

  @Test
  void anAddressThatNobodyHasEndsTheTrace() {
    trace(A, SOURCE, TraceEnd.parse("10.40.0.9"));
    assertTrue(lines.contains("destination 10.40.0.9: on no host that answers"), lines.toString());
    assertTrue(
        lines.getLast().startsWith("dropped: nobody answers for 10.40.0.9"), lines.toString());
    trace(A, TraceEnd.parse("10.32.0.9"), TraceEnd.parse("5a:00:00:00:00:99"));
    assertTrue(lines.contains("traced as if it were attached to " + A), lines.toString());
  }

  @Test
  void messagesComeBackAsTheyWereAndNoPieceOfOneIsTakenForOne() {
    for (TraceMessage message :
        List.of(
            new TraceMessage.Where(7, "10.32.0.1"),
            new TraceMessage.Here(7, null),
            new TraceMessage.Here(7, new Located(MAC_ON_A, "10.32.0.1/12", "vethwepl1")),
            new TraceMessage.What(7, A, MAC_ON_C, null, null),
            new TraceMessage.What(7, A, MAC_ON_C, C, B),
            new TraceMessage.That(7, new Hop(Hop.Verdict.FORWARDED, B, C, List.of("a", "b"))))) {
      byte[] bytes = message.encode();
      assertEquals(Optional.of(message), TraceMessage.decode(bytes));
      for (int length = 0; length < bytes.length; length++) {
        assertEquals(Optional.empty(), TraceMessage.decode(Arrays.copyOf(bytes, length)));
      }
    }
  }

  @Test
  void messagesAreTheExamplesOfTheProtocol() {
    Map<String, TraceMessage> examples =
        Map.of(
            "01 01 0000000000000007 0009 31302e33322e302e31",
            new TraceMessage.Where(7, "10.32.0.1"),
            "01 02 0000000000000007 01 00005a0000000001 000c 31302e33322e302e312f3132 0002 7061",
            new TraceMessage.Here(7, new Located(MAC_ON_A, "10.32.0.1/12", "pa")),
            "01 03 0000000000000007 00000a0000000001 00005a0000000003 "
                + "0000000000000000 0000000000000000",
            new TraceMessage.What(7, A, MAC_ON_C, null, null),
            "01 04 0000000000000007 00 00000a0000000002 00000a0000000003 01 0001 61",
            new TraceMessage.That(7, new Hop(Hop.Verdict.FORWARDED, B, C, List.of("a"))));
    examples.forEach((example, message) -> {
      byte[] bytes = HexFormat.of().parseHex(example.replace(" ", ""));
      assertEquals(example.replace(" ", ""), HexFormat.of().formatHex(message.encode()));
      assertEquals(Optional.of(message), TraceMessage.decode(bytes));
    });
  }

  @Test
  void whatOthersSayIsBoundedAndCannotRuleATerminal() {
    TraceMessage ugly =
        new TraceMessage.That(1, new Hop(Hop.Verdict.DROPPED, null, null, List.of("\u001b[2J")));
    TraceMessage read = TraceMessage.decode(ugly.encode()).orElseThrow();
    assertFalse(read.toString().contains("\u001b"));
    for (String character : List.of("x", "\u00e9", "\u20ac")) {
      List<String> many = Collections.nCopies(100, character.repeat(1_000));
      Hop hop = new Hop(Hop.Verdict.DROPPED, null, null, many);
      byte[] cut = new TraceMessage.That(1, hop).encode();
      assertTrue(cut.length <= TraceMessage.MAX_BYTES, character + ": " + cut.length + " bytes");
      assertTrue(TraceMessage.decode(cut).isPresent(), character);
    }
    assertEquals(Optional.empty(), TraceMessage.decode(new byte[TraceMessage.MAX_BYTES + 1]));
    for (int i = 0; i < 10_000; i++) {
      byte[] noise = new byte[random.nextInt(60)];
      random.nextBytes(noise);
      Objects.requireNonNull(tracers.get(A)).onUnicast(B, noise);
    }
  }

  private void trace(PeerName asked, TraceEnd source, TraceEnd destination) {
    lines.clear();
    Objects.requireNonNull(tracers.get(asked)).trace(source, destination, lines::addAll);
    for (int round = 0; lines.isEmpty() && round < 10; round++) {
      while (!messages.isEmpty()) {
        messages.remove().run();
      }
      time.advanceTo(time.nanos() + Tracer.PATIENCE_NANOS, 0);
      tracers.values().forEach(Tracer::onTime);
    }
    assertFalse(lines.isEmpty(), "an answer, seed " + SEED);
  }

  /** What a router knows here. */
  private final class View implements TraceView {
    private final PeerName self;

    View(PeerName self) {
      this.self = self;
    }

    @Override
    public PeerName self() {
      return self;
    }

    @Override
    public Set<PeerName> peers() {
      return peers;
    }

    @Override
    public String describe(PeerName peer) {
      return peer.toString();
    }

    @Override
    public void locate(TraceEnd end, Consumer<Optional<Located>> reply) {
      Optional<Located> found = Optional.empty();
      if (self.equals(A) && end.equals(SOURCE)) {
        found = Optional.of(new Located(MAC_ON_A, "10.32.0.1/12", "pa"));
      } else if (self.equals(C) && end.equals(DESTINATION)) {
        found = Optional.of(new Located(MAC_ON_C, "10.40.0.1/12", "pc"));
      }
      reply.accept(found);
    }

    @Override
    public Hop look(PeerName source, long mac, @Nullable PeerName last, @Nullable PeerName before) {
      befores.put(self, Optional.ofNullable(before));
      return hops.getOrDefault(self, Hop.dropped(List.of()));
    }
  }

  /** One end of the mesh. */
  private final class Sender implements GossipSender {
    private final PeerName self;

    Sender(PeerName self) {
      this.self = self;
    }

    @Override
    public void unicast(PeerName destination, byte[] payload) {
      messages.add(() -> {
        Tracer tracer = tracers.get(destination);
        if (tracer != null) {
          tracer.onUnicast(self, payload);
        }
      });
    }

    @Override
    public void broadcast(GossipData data) {}

    @Override
    public void gossip(GossipData data) {}
  }
}
