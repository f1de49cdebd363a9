package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.ForwarderLog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The state machine of one connection (overlay.md B.8), in virtual time. */
final class SleeveConnectionTest {
  private static final long UID = 0x1e2c3e485e6c7e80L;
  private static final long MILLI = 1_000_000L;
  private static final Endpoint HERE = new Endpoint(0x0a630002, 6783);
  private static final Endpoint THERE = new Endpoint(0x0a630003, 40_000);

  private final EventTime time = new EventTime(5_000, 0);
  private final List<String> log = new ArrayList<>();
  private final SleeveConnection dialler = connection(HERE);
  private final SleeveConnection acceptor = connection(null);

  @Test
  void isSilentBeforeItIsConfirmed() {
    assertEquals(Timed.NEVER, dialler.nextDeadlineNanos());
    dialler.onHeartbeat(UID, HERE);
    dialler.onControl(1, new byte[0]);
    dialler.onProbe(100);
    dialler.onFragmentationTest();
    dialler.onTooBig(1500);
    assertEquals(List.of(), log);
    assertNull(dialler.path().remote());
  }

  @Test
  void diallerSendsHeartbeatsEveryHalfSecondUntilEstablished() {
    dialler.confirm();
    assertEquals(List.of("remote " + HERE, "heartbeat"), drain());
    for (int i = 0; i < 5; i++) {
      assertEquals(500 * MILLI, fire(dialler));
      assertEquals(List.of("heartbeat"), drain());
    }
    dialler.onControl(1, new byte[0]);
    assertEquals(List.of("established", "zeros 60001 df=false", "zeros 60000 df=true"), drain());
    dialler.onControl(1, new byte[0]);
    assertEquals(List.of(), drain());
    assertEquals(10_000 * MILLI, fire(dialler));
    assertEquals(List.of("heartbeat"), drain());
  }

  @Test
  void acceptorIsMuteUntilAHeartbeatTellsTheAddress() {
    acceptor.confirm();
    fire(acceptor);
    assertEquals(List.of(), drain());
    acceptor.onHeartbeat(UID, THERE);
    assertEquals(List.of("remote " + THERE, "heartbeat", "control 1 []"), drain());
    assertEquals(THERE, acceptor.path().remote());
    acceptor.onHeartbeat(UID, THERE);
    assertEquals(List.of(), drain(), "a heartbeat is acknowledged once per connection");
  }

  @Test
  void remembersAnAddressHeardBeforeConfirm() {
    acceptor.onHeartbeat(UID, THERE);
    assertEquals(List.of(), drain());
    acceptor.confirm();
    assertEquals(List.of("remote " + THERE, "heartbeat"), drain());
  }

  @Test
  void ignoresAHeartbeatOfAnotherConnectionAndPortZero() {
    acceptor.confirm();
    acceptor.onHeartbeat(UID + 1, THERE);
    acceptor.onHeartbeat(UID, new Endpoint(THERE.ipv4(), 0));
    assertEquals(List.of(), drain());
    assertNull(acceptor.path().remote());
  }

  @Test
  void roamsWithAValidHeartbeatOnly() {
    dialler.confirm();
    drain();
    dialler.onHeartbeat(UID + 1, THERE);
    assertEquals(HERE, dialler.path().remote());
    dialler.onHeartbeat(UID, THERE);
    assertEquals(THERE, dialler.path().remote());
    assertEquals(List.of("remote " + THERE, "control 1 []"), drain());
  }

  @Test
  void failsAfterSixtySecondsWithoutAHeartbeat() {
    dialler.confirm();
    long start = time.nanos();
    advance(dialler, 59_000);
    dialler.onHeartbeat(UID, HERE);
    advance(dialler, 59_999);
    assertFalse(log.contains("shell failed"));
    drain();
    advance(dialler, 1);
    assertEquals(List.of("shell failed", "failed no sleeve heartbeat from peer for 60 s"), drain());
    assertEquals(119_000 * MILLI, time.nanos() - start);
    assertNull(dialler.path().remote());
    assertEquals(Timed.NEVER, dialler.nextDeadlineNanos());
    dialler.onHeartbeat(UID, HERE);
    dialler.onControl(1, new byte[0]);
    dialler.onSendError("again");
    assertEquals(List.of(), drain(), "a failed connection is never revived");
  }

  @Test
  void knowsWhenAHeartbeatArrivedLast() {
    dialler.onHeartbeat(UID, HERE);
    dialler.confirm();
    assertEquals(Timed.NEVER, dialler.lastHeartbeatNanos(), "too early to count");
    advance(dialler, 700);
    dialler.onHeartbeat(UID + 1, HERE);
    assertEquals(Timed.NEVER, dialler.lastHeartbeatNanos(), "of another connection");
    dialler.onHeartbeat(UID, HERE);
    long arrived = time.nanos();
    advance(dialler, 9_000);
    assertEquals(arrived, dialler.lastHeartbeatNanos());
  }

  @Test
  void measuresTheRoundTripByTheFragmentationTestAndForgetsItWhenTheNextIsNotAnswered() {
    dialler.confirm();
    dialler.onHeartbeat(UID, HERE);
    dialler.onControl(1, new byte[0]);
    assertEquals(Timed.NEVER, dialler.roundTripNanos());
    advance(dialler, 12);
    dialler.onControl(2, new byte[0]);
    advance(dialler, 5);
    dialler.onControl(2, new byte[0]);
    assertEquals(12 * MILLI, dialler.roundTripNanos(), "the first answer to the test counts");
    for (int minute = 0; minute < 10; minute++) {
      // The second test, not answered; it takes the third to know.
      assertEquals(12 * MILLI, dialler.roundTripNanos(), minute + " minutes");
      for (int i = 0; i < 2; i++) {
        advance(dialler, 29_990);
        dialler.onHeartbeat(UID, HERE);
      }
    }
    advance(dialler, 1_000);
    assertEquals(Timed.NEVER, dialler.roundTripNanos());
    advance(dialler, 30);
    dialler.onControl(2, new byte[0]);
    assertTrue(dialler.roundTripNanos() < 1_030 * MILLI);
  }

  @Test
  void testsFragmentationEveryFiveMinutes() {
    dialler.confirm();
    dialler.onControl(1, new byte[0]);
    assertFalse(dialler.path().stackMayFragment());
    dialler.onControl(2, new byte[0]);
    assertTrue(dialler.path().stackMayFragment());
    for (int i = 0; i < 10; i++) {
      advance(dialler, 29_900);
      dialler.onHeartbeat(UID, HERE);
    }
    assertTrue(dialler.path().stackMayFragment());
    drain();
    advance(dialler, 1_000);
    assertTrue(drain().contains("zeros 60001 df=false"));
    assertFalse(dialler.path().stackMayFragment());
  }

  @Test
  void searchesThePathMtuAndPublishesIt() {
    dialler.confirm();
    dialler.onControl(1, new byte[0]);
    drain();
    dialler.onTooBig(1500);
    assertEquals(List.of("zeros 1452 df=true"), drain());
    assertEquals(1438, dialler.path().overlayMtu());
    assertEquals(1472, dialler.path().maxPayload());
    dialler.onControl(3, new byte[] {5});
    assertEquals(10 * MILLI, dialler.nextDeadlineNanos() - time.nanos());
    dialler.onControl(3, ControlMessages.mtuVerified(1438));
    assertEquals(10_000 * MILLI, dialler.nextDeadlineNanos() - time.nanos());
  }

  @Test
  void answersProbesAndFragmentationTests() {
    dialler.confirm();
    drain();
    dialler.onProbe(1452);
    dialler.onProbe(14);
    dialler.onProbe(60_000);
    dialler.onFragmentationTest();
    assertEquals(
        List.of("control 3 [5, -98]", "control 3 [0, 0]", "control 3 [-22, 82]", "control 2 []"),
        drain());
  }

  @Test
  void ignoresUnknownControlTags() {
    dialler.confirm();
    drain();
    dialler.onControl(0, new byte[0]);
    dialler.onControl(4, new byte[9]);
    dialler.onControl(255, new byte[0]);
    assertEquals(List.of(), drain());
  }

  @Test
  void reportsNothingAfterStop() {
    dialler.confirm();
    drain();
    dialler.stop();
    dialler.onSendError("late");
    assertEquals(List.of(), drain());
    assertEquals(Timed.NEVER, dialler.nextDeadlineNanos());
  }

  /** Fires the next timer; returns how long that took. */
  private long fire(SleeveConnection connection) {
    long before = time.nanos();
    time.advanceTo(connection.nextDeadlineNanos(), 0);
    connection.onTime();
    return time.nanos() - before;
  }

  private void advance(SleeveConnection connection, long millis) {
    long end = time.nanos() + millis * MILLI;
    while (connection.nextDeadlineNanos() <= end) {
      fire(connection);
    }
    time.advanceTo(end, 0);
  }

  private List<String> drain() {
    List<String> events = List.copyOf(log);
    log.clear();
    return events;
  }

  private SleeveConnection connection(@Nullable Endpoint remote) {
    Recorder recorder = new Recorder();
    return new SleeveConnection(UID, Sealing.PLAIN, remote, time, recorder, recorder);
  }

  private final class Recorder extends ForwarderLog implements SleeveConnection.Shell {
    Recorder() {
      super(log);
    }

    @Override
    public void sendHeartbeat(long connectionUid) {
      assertEquals(UID, connectionUid);
      lines.add("heartbeat");
    }

    @Override
    public void sendZeros(int frameBytes, boolean dontFragment) {
      lines.add("zeros " + frameBytes + " df=" + dontFragment);
    }

    @Override
    public void remoteChanged(Endpoint remote) {
      lines.add("remote " + remote);
    }

    @Override
    public void failed() {
      lines.add("shell failed");
    }
  }
}
