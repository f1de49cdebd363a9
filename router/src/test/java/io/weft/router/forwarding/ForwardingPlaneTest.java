package io.weft.router.forwarding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.topology.TestRoutes;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Peer 2 in the middle of a chain 1 - 2 - 3, with hosts 0xA1, 0xA2 and 0xA3 behind them. */
final class ForwardingPlaneTest {
  private static final long ONE = 1;
  private static final long TWO = 2;
  private static final long THREE = 3;

  private static final long HOST_1 = 0x0a00000000a1L;
  private static final long HOST_2 = 0x0a00000000a2L;
  private static final long HOST_3 = 0x0a00000000a3L;
  private static final long BROADCAST = 0xffffffffffffL;

  private final Counters counters = new Counters();
  private final EventTime time = new EventTime(0, 0);
  private final MacTable macTable =
      new MacTable(time, new PeerName(TWO), MacTable.MAX_ENTRIES, counters);
  private final List<byte[]> injected = new ArrayList<>();
  private final FakeForwarder toOne = forwarder("toOne");
  private final FakeForwarder toThree = forwarder("toThree");
  private final FakeForwarder toThreeSlow = forwarder("toThreeSlow");
  private int announcements;
  private long nowNanos;
  private final ForwardingPlane plane =
      new ForwardingPlane(
          new PeerName(TWO),
          1,
          macTable,
          counters,
          () -> nowNanos,
          () -> {
            announcements++;
            return true;
          });

  @BeforeEach
  void connectTheChain() {
    Map<PeerName, List<Forwarder>> connections =
        Map.of(
            new PeerName(ONE), List.of(toOne),
            new PeerName(THREE), List.of(toThree, toThreeSlow));
    plane.publish(TestRoutes.chain(TWO, ONE, TWO, THREE), connections);
    plane.attach(new RecordingPort());
  }

  @Test
  void aFrameForAnUnknownAddressIsFloodedAndItsSourceLearned() {
    capture(HOST_1, HOST_2);
    assertEquals(List.of("2->1 broadcast"), toOne.takeSent());
    assertEquals(List.of("2->3 broadcast"), toThree.takeSent());
    assertEquals(1, announcements);
    plane.drainHints();
    assertEquals(TWO, ownerOf(HOST_2));
  }

  @Test
  void aFrameForAKnownAddressGoesTowardItsPeerOnly() {
    macTable.learnRemote(HOST_3, THREE);
    plane.drainHints();
    byte[] frame = capture(HOST_3, HOST_2);
    assertArrayEquals(frame, toThree.sent.getFirst().frame());
    assertEquals(List.of("2->3"), toThree.takeSent());
    assertEquals(List.of(), toOne.takeSent());
    assertEquals(1, toThree.flushes);
  }

  @Test
  void aFrameBetweenLocalAddressesIsLeftToTheBridge() {
    macTable.learnLocal(HOST_2);
    plane.drainHints();
    capture(HOST_2, 0x0a00000000b2L);
    assertNothingSent();
    assertEquals(1, counters.get(Counter.FRAMES_LOCAL));
  }

  @Test
  void aBroadcastFromAPeerIsInjectedAndGoesDownItsTreeOnce() {
    byte[] frame = receive(BROADCAST, HOST_1, ONE, TWO);
    assertArrayEquals(frame, injected.getFirst());
    assertEquals(1, injected.size());
    assertEquals(List.of("1->3 broadcast"), toThree.takeSent());
    assertEquals(List.of(), toOne.takeSent());
    plane.drainHints();
    assertEquals(ONE, ownerOf(HOST_1));
  }

  @Test
  void aFrameForAnotherPeerIsRelayedUnchangedAndTeachesNothing() {
    byte[] frame = receive(HOST_3, HOST_1, ONE, THREE);
    assertArrayEquals(frame, toThree.sent.getFirst().frame());
    assertEquals(List.of("1->3"), toThree.takeSent());
    assertEquals(0, injected.size());
    plane.drainHints();
    assertNull(macTable.snapshot().find(HOST_1));
    assertEquals(1, counters.get(Counter.FRAMES_RELAYED));
  }

  @Test
  void aFrameForALocalAddressIsInjectedAndNotFlooded() {
    macTable.learnLocal(HOST_2);
    plane.drainHints();
    receive(HOST_2, HOST_1, ONE, TWO);
    assertEquals(1, injected.size());
    assertNothingSent();
  }

  @Test
  void aFrameForAnAddressThatIsNoLongerHereIsInjectedAndFloodedOnward() {
    receive(HOST_2, HOST_1, ONE, TWO);
    assertEquals(1, injected.size());
    assertEquals(List.of("1->3 broadcast"), toThree.takeSent());
  }

  @Test
  void aCapturedFrameWhoseSourceBelongsToAPeerIsDropped() {
    macTable.learnRemote(HOST_1, ONE);
    plane.drainHints();
    capture(BROADCAST, HOST_1);
    assertNothingSent();
    assertEquals(1, counters.get(Counter.FRAMES_DROPPED_CONFLICT));
    assertEquals(ONE, ownerOf(HOST_1));
  }

  @Test
  void anAddressThatMovesToAPeerIsTakenOverAtTheFirstFrame() {
    macTable.learnLocal(HOST_1);
    plane.drainHints();
    receive(BROADCAST, HOST_1, ONE, TWO);
    plane.drainHints();
    assertEquals(ONE, ownerOf(HOST_1));
    receive(BROADCAST, HOST_1, THREE, TWO);
    plane.drainHints();
    assertEquals(THREE, ownerOf(HOST_1));
  }

  @Test
  void spanningTreeFramesStayHereAndTheirNeighboursDoNot() {
    capture(0x0180c2000000L, HOST_2);
    assertNothingSent();
    assertEquals(1, counters.get(Counter.FRAMES_DROPPED_STP));
    capture(0x0180c200000eL, HOST_2);
    assertEquals(List.of("2->1 broadcast"), toOne.takeSent());
  }

  @Test
  void aFrameThatNamesUsAsItsSourceIsALoopAndDropped() {
    receive(BROADCAST, HOST_2, TWO, TWO);
    receive(HOST_3, HOST_2, TWO, THREE);
    assertNothingSent();
    assertEquals(0, injected.size());
    assertEquals(2, counters.get(Counter.FRAMES_DROPPED_LOOP));
  }

  @Test
  void groupAddressesAreNeverLearned() {
    capture(HOST_1, 0x0b00000000a2L);
    receive(HOST_2, BROADCAST, ONE, TWO);
    plane.drainHints();
    assertEquals(0, macTable.entries().size());
  }

  @Test
  void theNextOverlayIsTriedWhenTheFirstCannotCarryAFrame() {
    macTable.learnRemote(HOST_3, THREE);
    plane.drainHints();
    toThree.takesFrames = false;
    capture(HOST_3, HOST_2);
    assertEquals(List.of("2->3"), toThreeSlow.takeSent());
    toThreeSlow.takesFrames = false;
    capture(HOST_3, HOST_2);
    assertEquals(1, counters.get(Counter.FRAMES_DROPPED_NO_FORWARDER));
  }

  @Test
  void framesWithoutARouteAreDroppedAndCounted() {
    receive(HOST_3, HOST_1, ONE, 9);
    assertEquals(1, counters.get(Counter.FRAMES_DROPPED_NO_ROUTE));
    plane.publish(
        TestRoutes.chain(TWO, ONE, TWO, THREE), Map.of(new PeerName(ONE), List.of(toOne)));
    receive(HOST_3, HOST_1, ONE, THREE);
    assertEquals(2, counters.get(Counter.FRAMES_DROPPED_NO_ROUTE));
    receive(BROADCAST, HOST_1, 9, TWO);
    assertNothingSent();
  }

  @Test
  void framesTooShortForAnEthernetHeaderAreDropped() {
    FrameBatch batch = new FrameBatch(4, FrameBatch.MAX_FRAME_BYTES);
    batch.add(new byte[13], 0, 13, 0, 0);
    plane.captured(Lanes.CAPTURE, batch);
    plane.received(Lanes.RECEIVE, batch);
    assertEquals(2, counters.get(Counter.FRAMES_DROPPED_SHORT));
    assertNothingSent();
  }

  @Test
  void aVectorOfFramesIsFlushedOncePerOverlay() {
    FrameBatch batch = new FrameBatch(16, FrameBatch.MAX_FRAME_BYTES);
    for (int i = 0; i < 10; i++) {
      byte[] frame = frame(BROADCAST, HOST_2);
      batch.add(frame, 0, frame.length, 0, 0);
    }
    plane.captured(Lanes.CAPTURE, batch);
    assertEquals(10, toOne.takeSent().size());
    assertEquals(1, toOne.flushes);
    assertEquals(1, toThreeSlow.flushes);
  }

  @Test
  void aFrameMayArriveWhileAnotherIsBeingSent() {
    FakeForwarder answering = new AnsweringForwarder();
    plane.publish(
        TestRoutes.chain(TWO, ONE, TWO, THREE), Map.of(new PeerName(ONE), List.of(answering)));
    macTable.learnRemote(HOST_1, ONE);
    macTable.learnLocal(HOST_2);
    plane.drainHints();
    capture(HOST_1, HOST_2);
    assertEquals(1, injected.size());
    assertEquals(1, answering.flushes);
  }

  @Test
  void anAnswerMadeByARelayTravelsBackHopByHop() {
    plane.publish(
        TestRoutes.chain(TWO, ONE, TWO, THREE),
        Map.of(
            new PeerName(ONE), List.of(new AnsweringForwarder()),
            new PeerName(THREE), List.of(toThree)));
    receive(HOST_1, HOST_3, THREE, ONE);
    assertEquals(List.of("1->3"), toThree.takeSent());
    assertEquals(0, injected.size());
  }

  @Test
  void anAddressThatMovesHereFromAPeerIsTakenWhenThePeerHasBeenSilentForElevenMinutes() {
    receive(BROADCAST, HOST_1, ONE, TWO);
    plane.drainHints();
    toThree.takeSent();
    for (int minute = 1; minute <= 10; minute++) {
      time.advanceTo(minute * MacTable.SWEEP_INTERVAL_NANOS, 0);
      macTable.onTime();
      plane.publishMacs();
      capture(BROADCAST, HOST_1);
      assertEquals(minute, counters.get(Counter.FRAMES_DROPPED_CONFLICT));
    }
    assertNothingSent();
    time.advanceTo(11 * MacTable.SWEEP_INTERVAL_NANOS, 0);
    macTable.onTime();
    plane.publishMacs();
    capture(BROADCAST, HOST_1);
    assertEquals(List.of("2->1 broadcast"), toOne.takeSent());
    plane.drainHints();
    assertEquals(TWO, ownerOf(HOST_1));
  }

  @Test
  void framesOfAPeerThatIsInNoTopologyAreDroppedAndTeachNothing() {
    receive(BROADCAST, HOST_1, 77, TWO);
    assertEquals(0, injected.size());
    assertNothingSent();
    plane.drainHints();
    assertNull(macTable.snapshot().find(HOST_1));
    assertEquals(1, counters.get(Counter.FRAMES_DROPPED_UNKNOWN_PEER));
  }

  @Test
  void aFaultInAForwarderCostsItsVectorAndNotTheLane() {
    toOne.faulty = true;
    assertThrows(IllegalStateException.class, () -> capture(BROADCAST, HOST_2));
    toOne.faulty = false;
    macTable.learnRemote(HOST_3, THREE);
    plane.drainHints();
    int flushesBefore = toThree.flushes;
    capture(HOST_3, HOST_2);
    assertEquals(List.of("2->3"), toThree.takeSent());
    assertEquals(flushesBefore + 1, toThree.flushes);
  }

  @Test
  void sightingsAreDroppedAndCountedWhenTooManyWait() {
    for (long mac = 0; mac < MacHints.CAPACITY + 5; mac++) {
      capture(BROADCAST, 0x0a0000000000L + mac);
    }
    assertEquals(5, counters.get(Counter.MAC_HINTS_DROPPED));
    plane.drainHints();
    assertEquals(MacHints.CAPACITY, macTable.entries().size());
  }

  private static FakeForwarder forwarder(String name) {
    return new FakeForwarder(name, new NoEvents());
  }

  private void assertNothingSent() {
    assertEquals(List.of(), toOne.takeSent());
    assertEquals(List.of(), toThree.takeSent());
    assertEquals(List.of(), toThreeSlow.takeSent());
  }

  private long ownerOf(long mac) {
    MacEntry entry = macTable.snapshot().find(mac);
    assertNotNull(entry);
    return entry.peer();
  }

  private byte[] capture(long destination, long source) {
    byte[] frame = frame(destination, source);
    plane.captured(Lanes.CAPTURE, batchOf(frame, 0, 0));
    return frame;
  }

  private byte[] receive(long destination, long source, long sourcePeer, long destinationPeer) {
    byte[] frame = frame(destination, source);
    plane.received(Lanes.RECEIVE, batchOf(frame, sourcePeer, destinationPeer));
    return frame;
  }

  private static FrameBatch batchOf(byte[] frame, long sourcePeer, long destinationPeer) {
    FrameBatch batch = new FrameBatch(1, FrameBatch.MAX_FRAME_BYTES);
    batch.add(frame, 0, frame.length, sourcePeer, destinationPeer);
    return batch;
  }

  private static byte[] frame(long destination, long source) {
    String header = "%012x%012x0800".formatted(destination, source);
    return HexFormat.of().parseHex(header + "45".repeat(46));
  }

  private final class RecordingPort implements BridgePort {
    @Override
    public void start(FrameSink sink, Consumer<String> onFault) {}

    @Override
    public void inject(int lane, FrameBatch batch, int index) {
      byte[] frame = new byte[batch.length(index)];
      batch.slab().get(batch.offset(index), frame);
      injected.add(frame);
    }

    @Override
    public String description() {
      return "recorder";
    }

    @Override
    public long[] captureStatistics() {
      return new long[3];
    }

    @Override
    public long injectionsRefused() {
      return 0;
    }

    @Override
    public void close() {}
  }

  /** Answers each frame with one to its sender, as when a path is too narrow for it. */
  private final class AnsweringForwarder extends FakeForwarder {
    AnsweringForwarder() {
      super("answering", new NoEvents());
    }

    @Override
    public boolean forward(
        int lane, FrameBatch batch, int index, long source, long destination, boolean copied) {
      FrameBatch answer =
          batchOf(
              frame(HOST_2, HOST_1), /* sourcePeer= */ destination, /* destinationPeer= */ source);
      plane.received(lane, answer);
      return super.forward(lane, batch, index, source, destination, copied);
    }
  }
}
