package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.ForwarderLog;
import io.weft.gossip.wire.MeshMessage.OverlayControl;
import io.weft.gossip.wire.MessageCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Heartbeats, hold and return of one connection (overlay.md A.4, C.4), in virtual time. */
final class FastdpConnectionTest {
  private static final long UID = 0x1e2c3e485e6c7e80L;
  private static final long MILLI = 1_000_000L;
  private static final int FRAME_BYTES = 1390;
  private static final int THERE = 0xc0000202;
  private static final int ELSEWHERE = 0xc0000203;

  private final EventTime time = new EventTime(7_000, 0);
  private final List<Long> tokens = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private final FastdpConnection plain = connection(null);
  private final FastdpConnection negotiated = connection(HeartbeatTiming.offer());

  @Test
  void theAcknowledgementIsTheVectors() throws Exception {
    assertArrayEquals(
        Vectors.bytes("ctl-fastdp-heartbeat-ack"),
        MessageCodec.encode(
            new OverlayControl(0, FastdpProtocol.CONTROL_ACKNOWLEDGED, new byte[0])));
  }

  @Test
  void isSilentBeforeItIsConfirmedAndAfterItsEnd() {
    plain.onHeartbeat(THERE, FRAME_BYTES, 0);
    plain.onControl(FastdpProtocol.CONTROL_ACKNOWLEDGED, new byte[0]);
    assertEquals(Timed.NEVER, plain.nextDeadlineNanos());
    plain.confirm();
    plain.stop();
    drain();
    plain.onHeartbeat(THERE, FRAME_BYTES, 0);
    assertEquals(Timed.NEVER, plain.nextDeadlineNanos());
    assertEquals(List.of(), drain());
  }

  @Test
  void heartbeatsAreFastUntilOneIsAcknowledgedAndSlowAfterwards() {
    plain.confirm();
    advance(plain, 1_600);
    assertEquals(List.of("heartbeat", "heartbeat", "heartbeat", "heartbeat"), drain());
    plain.onHeartbeat(THERE, FRAME_BYTES, 0);
    plain.onHeartbeat(THERE, FRAME_BYTES, 0);
    assertEquals(List.of("control 0 []"), drain(), "acknowledged once");
    plain.onControl(FastdpProtocol.CONTROL_ACKNOWLEDGED, new byte[0]);
    assertEquals(List.of("established"), drain());
    assertEquals("", plain.complaint());
    advance(plain, 9_999);
    assertFalse(drain().contains("heartbeat"));
    advance(plain, 1);
    assertTrue(drain().contains("heartbeat"));
  }

  @Test
  void aWayOfWeaveNetIsHeldAfterAMinuteOfSilenceAndIsBackByOneHeartbeat() {
    establish(plain);
    for (int times = 0; times < 3; times++) {
      advance(plain, 59_999);
      assertFalse(drain().contains("healthy false"));
      advance(plain, 1);
      List<String> events = drain();
      assertTrue(events.contains("healthy false"), "silence of a minute, time " + times);
      assertFalse(
          events.stream().anyMatch(event -> event.startsWith("control 2")),
          "Weave Net does not know that tag");
      assertEquals("fastdp-no-heartbeat", plain.complaint());
      advance(plain, 120_000);
      assertEquals(12, drain().stream().filter("heartbeat"::equals).count(), "it goes on trying");
      plain.onHeartbeat(THERE, FRAME_BYTES, 0);
      assertEquals(List.of("healthy true"), drain());
      assertEquals("", plain.complaint());
    }
  }

  @Test
  void aWayBetweenWeftRoutersIsHeldWithinFourSecondsAndTheOtherSideIsTold() {
    establish(negotiated);
    for (int times = 0; times < 3; times++) {
      advance(negotiated, 3_499);
      assertFalse(drain().contains("healthy false"));
      advance(negotiated, 1);
      List<String> events = drain();
      assertTrue(events.contains("healthy false"));
      assertTrue(events.contains("control 2 [0]"));
      advance(negotiated, 10_000);
      assertEquals(10, drain().stream().filter("heartbeat"::equals).count());
      negotiated.onHeartbeat(THERE, FRAME_BYTES, 0);
      assertEquals(List.of("control 2 [1]", "healthy true"), drain());
    }
  }

  @Test
  void aWayOnWhichTheOtherSideHearsNothingIsLeftUntilItDoes() {
    establish(negotiated);
    negotiated.onControl(FastdpProtocol.CONTROL_HEARING, new byte[] {0});
    assertEquals(List.of("healthy false"), drain());
    assertEquals("fastdp-not-heard-by-peer", negotiated.complaint());
    negotiated.onHeartbeat(THERE, FRAME_BYTES, 0);
    assertEquals(List.of(), drain(), "that we hear it does not help it");
    negotiated.onControl(FastdpProtocol.CONTROL_HEARING, new byte[] {1});
    assertEquals(List.of("healthy true"), drain());
    negotiated.onControl(FastdpProtocol.CONTROL_HEARING, new byte[0]);
    negotiated.onControl(77, new byte[] {0});
    assertEquals(List.of(), drain(), "what is malformed or unknown changes nothing");
  }

  @Test
  void aWeftRouterAnswersEachHeartbeatWithItsSizeAndTokenAndWeaveNetIsSentNone() {
    establish(negotiated);
    negotiated.onHeartbeat(THERE, FRAME_BYTES, 0x0102030405060708L);
    assertEquals(List.of("control 3 [5, 110, 1, 2, 3, 4, 5, 6, 7, 8]"), drain());
    assertTrue(tokens.stream().noneMatch(token -> token == 0), "each of ours has a token");
    tokens.clear();
    establish(plain);
    plain.onHeartbeat(THERE, FRAME_BYTES, 0x0102030405060708L);
    assertEquals(List.of(), drain());
    assertEquals(List.of(0L), tokens, "zeros, as Weave Net has them");
  }

  @Test
  void theAnswerTellsTheSizeThatPassesAndHowLongItTook() {
    establish(negotiated);
    long sent = time.nanos();
    advance(negotiated, 7);
    negotiated.onControl(FastdpProtocol.CONTROL_HEARD, heard(FRAME_BYTES, sent));
    assertEquals(FRAME_BYTES, negotiated.heardFrameBytes());
    assertEquals(7 * MILLI, negotiated.roundTripNanos());
    negotiated.onControl(FastdpProtocol.CONTROL_HEARD, heard(1, time.nanos() + 1));
    negotiated.onControl(FastdpProtocol.CONTROL_HEARD, heard(2, time.nanos() - 4_000 * MILLI));
    negotiated.onControl(FastdpProtocol.CONTROL_HEARD, new byte[9]);
    assertEquals(FRAME_BYTES, negotiated.heardFrameBytes(), "tokens that cannot be ours");
  }

  private static byte[] heard(int frameBytes, long token) {
    byte[] body = new byte[FastdpProtocol.HEARD_BYTES];
    ByteBuffer.wrap(body).putShort((short) frameBytes).putLong(token);
    return body;
  }

  @Test
  void anotherReceiverIsTriedWhenNoHeartbeatComes() {
    plain.confirm();
    advance(plain, 2_999);
    assertFalse(drain().contains("nothing"));
    advance(plain, 1);
    assertTrue(drain().contains("nothing"), "none has come yet");
    establish(negotiated);
    advance(negotiated, 3_500);
    assertTrue(drain().contains("nothing"), "none comes any more");
  }

  @Test
  void framesFollowTheHeartbeatsToAnotherAddress() {
    establish(plain);
    plain.onHeartbeat(ELSEWHERE, FRAME_BYTES, 0);
    assertEquals(List.of("remote " + ELSEWHERE), drain());
    assertEquals(ELSEWHERE, plain.remote());
  }

  @Test
  void theIntervalIsTheLongerOfBothAndNothingElseIsAnOffer() {
    assertEquals(
        new HeartbeatTiming(2_000 * MILLI, 7_000 * MILLI, true),
        HeartbeatTiming.of("v=1;heartbeat=2000"));
    assertEquals(
        new HeartbeatTiming(1_000 * MILLI, 3_500 * MILLI, true),
        HeartbeatTiming.of("v=1;heartbeat=100;more=x"));
    for (String other : Arrays.asList(null, "", "v=2;heartbeat=1000", "v=1;heartbeat=-5")) {
      assertEquals(HeartbeatTiming.PLAIN, HeartbeatTiming.of(other));
    }
  }

  private void establish(FastdpConnection connection) {
    connection.confirm();
    connection.onControl(FastdpProtocol.CONTROL_ACKNOWLEDGED, new byte[0]);
    connection.onHeartbeat(THERE, FRAME_BYTES, 0);
    drain();
  }

  /** Lets time pass, with every deadline met at its time. */
  private void advance(FastdpConnection connection, long millis) {
    long end = time.nanos() + millis * MILLI;
    while (connection.nextDeadlineNanos() - end <= 0) {
      time.advanceTo(connection.nextDeadlineNanos(), 0);
      connection.onTime();
    }
    time.advanceTo(end, 0);
  }

  private List<String> drain() {
    List<String> events = List.copyOf(log);
    log.clear();
    return events;
  }

  private FastdpConnection connection(@Nullable String announced) {
    FastdpConnection.Shell shell =
        new FastdpConnection.Shell() {
          @Override
          public void sendHeartbeat(long connectionUid, long token) {
            assertEquals(UID, connectionUid);
            tokens.add(token);
            log.add("heartbeat");
          }

          @Override
          public void remoteChanged(int address) {
            log.add("remote " + address);
          }

          @Override
          public void heardNothing() {
            log.add("nothing");
          }
        };
    return new FastdpConnection(
        UID, HeartbeatTiming.of(announced), THERE, time, shell, new ForwarderLog(log));
  }
}
