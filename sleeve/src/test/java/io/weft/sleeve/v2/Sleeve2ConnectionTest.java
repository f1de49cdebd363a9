package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.ForwarderLog;
import io.weft.sleeve.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The state machine of one connection, in virtual time. */
final class Sleeve2ConnectionTest {
  private static final long UID = 7;
  private static final long MILLI = 1_000_000L;
  private static final Endpoint HERE = new Endpoint(0x0a630002, 6783);
  private static final Endpoint THERE = new Endpoint(0x0a630003, 40_000);
  private static final Endpoint ELSEWHERE = new Endpoint(0x0a630004, 40_001);

  private final EventTime time = new EventTime(5_000, 0);
  private final List<String> log = new ArrayList<>();
  private int deviceMtu = 1_500;
  private final Sleeve2Connection dialler = connection(HERE);
  private final Sleeve2Connection acceptor = connection(null);

  @Test
  void sendsNothingBeforeThereAreKeysAndAnAddress() {
    dialler.confirm();
    assertEquals(List.of("remote " + HERE), drain());
    assertNull(dialler.path(), "no keys");
    acceptor.confirm();
    acceptor.onSending(session(1));
    assertNull(acceptor.path(), "no address");
    assertEquals(List.of(), drain());
    dialler.onSending(session(1));
    assertNotNull(dialler.path());
    assertEquals(List.of("heartbeat 1"), drain());
  }

  @Test
  void heartbeatsAreFastUntilTheFirstAnswer() {
    dialler.confirm();
    dialler.onSending(session(1));
    drain();
    assertEquals(250 * MILLI, fire(dialler));
    assertEquals(List.of("heartbeat 2"), drain());
    dialler.onHeartbeatAck(2);
    assertEquals(List.of("probe 1500", "established"), drain());
    dialler.onProbeAck(1_500);
    assertEquals(2_000 * MILLI, fire(dialler));
    assertEquals(List.of("heartbeat 3"), drain());
  }

  @Test
  void anAnswerToNoHeartbeatOfOursOrToAnOldOneIsIgnored() {
    dialler.confirm();
    dialler.onSending(session(1));
    drain();
    dialler.onHeartbeatAck(2);
    dialler.onHeartbeatAck(-70);
    assertEquals(List.of(), drain());
  }

  @Test
  void isOnHoldAfterTenSecondsWithoutAnAnswerAndBackWithTheFirst() {
    establish(dialler);
    long start = time.nanos();
    while (!log.contains("healthy false")) {
      fire(dialler);
    }
    assertEquals(10_000 * MILLI, time.nanos() - start);
    assertNotNull(dialler.path(), "heartbeats go on");
    drain();
    while (log.isEmpty() || !log.getLast().startsWith("heartbeat ")) {
      fire(dialler);
    }
    dialler.onHeartbeatAck(Integer.parseInt(log.getLast().substring("heartbeat ".length())));
    assertEquals("healthy true", log.getLast());
  }

  @Test
  void saysWhatKeepsItFromCarryingFrames() {
    assertEquals("sleeve2-not-confirmed", acceptor.complaint());
    acceptor.confirm();
    assertEquals("sleeve2-no-keys", acceptor.complaint());
    acceptor.onSending(session(1));
    assertEquals("sleeve2-no-heartbeat", acceptor.complaint());
    acceptor.onHeartbeat(1, UID, THERE);
    assertEquals("sleeve2-not-acknowledged", acceptor.complaint());
    acceptor.onHeartbeatAck(1);
    assertEquals("", acceptor.complaint());
    while (!log.contains("healthy false")) {
      fire(acceptor);
    }
    assertEquals("sleeve2-no-answer", acceptor.complaint());
  }

  @Test
  void knowsWhenAHeartbeatArrivedLastAndHowLongAnAnswerTakes() {
    establish(dialler);
    assertEquals(Timed.NEVER, dialler.lastHeartbeatNanos());
    dialler.onHeartbeat(1, UID + 1, HERE);
    assertEquals(Timed.NEVER, dialler.lastHeartbeatNanos(), "of another connection");
    time.advanceTo(time.nanos() + 300 * MILLI, 0);
    dialler.onHeartbeat(1, UID, HERE);
    assertEquals(time.nanos(), dialler.lastHeartbeatNanos());
    drain();
    while (log.stream().noneMatch(event -> event.startsWith("heartbeat "))) {
      fire(dialler);
    }
    int number = Integer.parseInt(log.getLast().substring("heartbeat ".length()));
    time.advanceTo(time.nanos() + 3 * MILLI, 0);
    dialler.onHeartbeatAck(number);
    assertEquals(3 * MILLI, dialler.roundTripNanos());
    time.advanceTo(time.nanos() + 40 * MILLI, 0);
    dialler.onHeartbeatAck(number);
    dialler.onHeartbeatAck(number - 60);
    assertEquals(3 * MILLI, dialler.roundTripNanos(), "twice, and one that was never sent");
  }

  @Test
  void theAcceptorLearnsTheAddressAndAnswers() {
    acceptor.confirm();
    acceptor.onSending(session(1));
    acceptor.onHeartbeat(1, UID, THERE);
    assertEquals(List.of("remote " + THERE, "answer 4 1", "heartbeat 1"), drain());
  }

  @Test
  void roamsWithTheNewestHeartbeatOnlyAndSearchesTheNewPath() {
    establish(dialler);
    dialler.onHeartbeat(5, UID, HERE);
    assertEquals(List.of("answer 4 5"), drain());
    dialler.onHeartbeat(6, UID, THERE);
    assertEquals("remote " + THERE, log.getFirst());
    assertEquals("answer 4 6", log.getLast());
    drain();
    dialler.onHeartbeat(4, UID, ELSEWHERE);
    assertEquals(List.of("answer 4 4"), drain(), "one that was overtaken moves nobody back");
    dialler.onHeartbeat(7, UID + 1, ELSEWHERE);
    dialler.onHeartbeat(7, UID, new Endpoint(ELSEWHERE.ipv4(), 0));
    assertEquals(List.of(), drain());
    dialler.onHeartbeat(7, UID, THERE);
    assertEquals(List.of("answer 4 7"), drain(), "still there");
  }

  @Test
  void heartbeatNumbersMayWrap() {
    establish(dialler);
    dialler.onHeartbeat(Integer.MAX_VALUE, UID, HERE);
    dialler.onHeartbeat(Integer.MIN_VALUE, UID, THERE);
    assertEquals(1, log.stream().filter(("remote " + THERE)::equals).count());
  }

  @Test
  void newKeysTakeOverWithoutAPause() {
    establish(dialler);
    SendSession second = session(2);
    dialler.onSending(second);
    assertEquals(second, Objects.requireNonNull(dialler.path()).session());
    assertEquals(List.of(), drain(), "no new beginning");
  }

  @Test
  void triesTheMtuAgainEveryTenSecondsAndALargerOneEveryTenMinutes() {
    establish(dialler);
    deviceMtu = 9_000;
    long start = time.nanos();
    List<Long> confirmations = new ArrayList<>();
    while (!log.contains("probe 9000")) {
      int before = log.size();
      fire(dialler);
      for (String event : log.subList(before, log.size())) {
        if (event.equals("probe 1500")) {
          confirmations.add((time.nanos() - start) / MILLI);
          dialler.onProbeAck(1_500);
        } else if (event.startsWith("heartbeat ")) {
          dialler.onHeartbeatAck(Integer.parseInt(event.substring("heartbeat ".length())));
        }
      }
    }
    assertEquals(600_000, (time.nanos() - start) / MILLI);
    assertEquals(List.of(10_000L, 20_000L, 30_000L), confirmations.subList(0, 3));
    dialler.onProbeAck(9_000);
    int overlayMtu = Objects.requireNonNull(dialler.path()).overlayMtu();
    assertEquals(9_000 - (1_500 - 1_436), overlayMtu, "the same overhead as at 1500");
  }

  @Test
  void reportsWhatHasArrivedWhileFramesDo() {
    establish(dialler);
    ReceiveSession receiving = new ReceiveSession(1, 9, null, new SilentOwner(2, 1));
    dialler.onReceiving(receiving);
    dialler.onTraffic();
    receiving.complete(0, 1);
    assertEquals(100 * MILLI, fire(dialler));
    assertEquals(List.of("report 1"), drain());
    fire(dialler);
    assertEquals(List.of("await traffic"), drain(), "nothing new");
  }

  @Test
  void isSilentAfterItsEnd() {
    establish(dialler);
    dialler.stop();
    assertEquals(Timed.NEVER, dialler.nextDeadlineNanos());
    assertNull(dialler.path());
    dialler.onHeartbeat(9, UID, THERE);
    dialler.onHeartbeatAck(1);
    dialler.onProbe(1_500);
    dialler.onTooBig();
    dialler.onTraffic();
    dialler.onSending(session(3));
    assertEquals(List.of(), drain());
  }

  /** Established on a path of 1500 bytes, with nothing logged. */
  private void establish(Sleeve2Connection connection) {
    connection.confirm();
    connection.onSending(session(1));
    connection.onHeartbeatAck(1);
    connection.onProbeAck(1_500);
    drain();
  }

  private static SendSession session(int epoch) {
    return new SendSession(epoch, 5, null, 0);
  }

  /** Fires the next timer; returns how long that took. */
  private long fire(Sleeve2Connection connection) {
    long before = time.nanos();
    time.advanceTo(connection.nextDeadlineNanos(), 0);
    connection.onTime();
    return time.nanos() - before;
  }

  private List<String> drain() {
    List<String> events = List.copyOf(log);
    log.clear();
    return events;
  }

  private Sleeve2Connection connection(@Nullable Endpoint remote) {
    Recorder recorder = new Recorder();
    return new Sleeve2Connection(UID, remote, time, recorder, recorder, () -> deviceMtu);
  }

  private final class Recorder extends ForwarderLog implements Sleeve2Connection.Shell {
    Recorder() {
      super(log);
    }

    @Override
    public void sendHeartbeat(int number, long connectionUid) {
      assertEquals(UID, connectionUid);
      lines.add("heartbeat " + number);
    }

    @Override
    public void sendAnswer(int recordType, int value) {
      lines.add("answer " + recordType + " " + value);
    }

    @Override
    public void sendProbe(int pathMtu) {
      lines.add("probe " + pathMtu);
    }

    @Override
    public void sendReport(ReceiveSession session) {
      lines.add("report " + session.epoch());
    }

    @Override
    public void remoteChanged(Endpoint remote) {
      lines.add("remote " + remote);
    }

    @Override
    public void awaitTraffic() {
      lines.add("await traffic");
    }
  }
}
