package io.weft.sleeve.v2;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.sleeve.Endpoint;
import java.util.Arrays;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one connection: heartbeats and what follows from their absence, roaming, the
 * path MTU, and how much is sealed at once. Keys come from {@link KeyAgreement}. Events and a time
 * go in; records, control messages and reports come out through {@link Shell} and {@link
 * ForwarderEvents}.
 *
 * <pre>
 *            keys, heartbeat answered               10 s without an answer
 *  trying ───────────────────────────▶ established ───────────────────────▶ on hold
 *                                           ▲        sleeve carries frames     │
 *                                           └──────── heartbeat answered ──────┘
 * </pre>
 *
 * <p>Conductor thread, except {@link #path}, which any thread reads. After it was stopped it
 * ignores every event.
 */
final class Sleeve2Connection implements Timed {
  /** What the connection makes happen. */
  interface Shell {
    /** Sends a heartbeat. */
    void sendHeartbeat(int number, long connectionUid);

    /** Sends a record of this type whose body is one number. */
    void sendAnswer(int recordType, int value);

    /** Sends a probe in one datagram that makes an IPv4 packet of {@code pathMtu} bytes. */
    void sendProbe(int pathMtu);

    /** Says what has arrived under a session. */
    void sendReport(ReceiveSession session);

    /** Datagrams go to this address from now on; called before they do. */
    void remoteChanged(Endpoint remote);

    /** The next frames that arrive are to be told of by {@link #onTraffic} again. */
    void awaitTraffic();
  }

  private enum Phase {
    PREPARED,
    CONFIRMED,
    ENDED
  }

  /** How old the number of an answered heartbeat may be; a power of two. */
  private static final int HEARTBEATS_REMEMBERED = 64;

  private final long connectionUid;
  private final EventTime time;
  private final Shell shell;
  private final ForwarderEvents events;
  private final PathSearch search;
  private final LossGauge gauge;

  private Phase phase = Phase.PREPARED;
  private @Nullable Endpoint remote;
  private @Nullable SendSession sending;
  private @Nullable ReceiveSession receiving;
  private int heartbeats;
  private int newestHeartbeat;
  private final long[] heartbeatSentNanos = new long[HEARTBEATS_REMEMBERED];
  private boolean heardHeartbeat;
  private long lastHeartbeatNanos = NEVER;
  private long roundTripNanos = NEVER;
  private boolean established;
  private boolean healthy;
  private long heartbeatDueNanos = NEVER;
  private long silenceDueNanos = NEVER;
  private long reportDueNanos = NEVER;
  private long reportedDatagrams = -1;
  private volatile @Nullable SendPath path;

  /**
   * A connection that is silent until confirmed.
   *
   * @param remote the neighbour's address, or null on the accepting side, which learns it from the
   *     first heartbeat
   * @param deviceMtu what the kernel believes the path takes; 0 when it does not say
   */
  Sleeve2Connection(
      long connectionUid,
      @Nullable Endpoint remote,
      EventTime time,
      Shell shell,
      ForwarderEvents events,
      IntSupplier deviceMtu) {
    this.connectionUid = connectionUid;
    this.remote = remote;
    this.time = time;
    this.shell = shell;
    this.events = events;
    search = new PathSearch(time, this::sendProbe, deviceMtu);
    gauge = new LossGauge(time);
    Arrays.fill(heartbeatSentNanos, NEVER);
  }

  /** What data lanes go by, or null while nothing can be sent. */
  @Nullable SendPath path() {
    return path;
  }

  /** Why this overlay is not fit to carry frames; empty when it is. */
  String complaint() {
    if (phase != Phase.CONFIRMED) {
      return "sleeve2-not-confirmed";
    }
    if (sending == null) {
      return "sleeve2-no-keys";
    }
    if (remote == null) {
      return "sleeve2-no-heartbeat";
    }
    if (!established) {
      return "sleeve2-not-acknowledged";
    }
    return healthy ? "" : "sleeve2-no-answer";
  }

  /** When a heartbeat arrived last, on the scale of the event time; {@link #NEVER} for not yet. */
  long lastHeartbeatNanos() {
    return lastHeartbeatNanos;
  }

  /** From a heartbeat to its answer, both by UDP; {@link #NEVER} when none was answered yet. */
  long roundTripNanos() {
    return roundTripNanos;
  }

  /** The connection is in the topology. */
  void confirm() {
    if (phase != Phase.PREPARED) {
      return;
    }
    phase = Phase.CONFIRMED;
    if (remote != null) {
      shell.remoteChanged(remote);
    }
    publish();
    sendHeartbeat();
  }

  /** What is sent is sealed under this session from now on. */
  void onSending(SendSession session) {
    if (phase == Phase.ENDED) {
      return;
    }
    boolean first = sending == null;
    sending = session;
    publish();
    if (first) {
      silenceDueNanos = time.nanos() + Sleeve2Protocol.SILENCE_NANOS;
      sendHeartbeat();
    }
  }

  /** What has arrived is counted under this session from now on. */
  void onReceiving(ReceiveSession session) {
    receiving = session;
    reportedDatagrams = -1;
  }

  /** A heartbeat of the neighbour has arrived. */
  void onHeartbeat(int number, long uid, Endpoint from) {
    // Nothing can be sent to port 0, whoever claims to send from there.
    if (phase == Phase.ENDED || uid != connectionUid || from.port() == 0) {
      return;
    }
    // An older one that was overtaken does not move the neighbour back.
    boolean newest = !heardHeartbeat || number - newestHeartbeat > 0;
    if (newest) {
      heardHeartbeat = true;
      newestHeartbeat = number;
    }
    if (phase == Phase.PREPARED) {
      remote = from;
      return;
    }
    lastHeartbeatNanos = time.nanos();
    Endpoint before = remote;
    if (newest && !from.equals(before)) {
      remote = from;
      shell.remoteChanged(from);
      publish();
      if (established) {
        search.start();
        publish();
      }
    }
    if (path != null) {
      shell.sendAnswer(Sleeve2Protocol.RECORD_HEARTBEAT_ACK, number);
      if (before == null) {
        sendHeartbeat();
      }
    }
  }

  /** The neighbour has received one of our heartbeats. */
  void onHeartbeatAck(int number) {
    int age = heartbeats - number;
    if (phase != Phase.CONFIRMED || age < 0 || age >= HEARTBEATS_REMEMBERED) {
      return;
    }
    measure(number);
    silenceDueNanos = time.nanos() + Sleeve2Protocol.SILENCE_NANOS;
    if (!established) {
      established = true;
      healthy = true;
      heartbeatDueNanos = time.nanos() + Sleeve2Protocol.HEARTBEAT_NANOS;
      search.start();
      publish();
      events.established();
    } else if (!healthy) {
      healthy = true;
      search.start();
      publish();
      events.healthy(true);
    }
  }

  /** A probe of the neighbour has arrived. */
  void onProbe(int pathMtu) {
    if (path != null) {
      shell.sendAnswer(Sleeve2Protocol.RECORD_PROBE_ACK, pathMtu);
    }
  }

  /** The neighbour has received a probe of ours. */
  void onProbeAck(int pathMtu) {
    if (phase == Phase.CONFIRMED) {
      search.onAck(pathMtu);
      publish();
    }
  }

  /** The neighbour says what has arrived of an epoch. */
  void onReport(int epoch, long expected, long received) {
    SendSession session = sending;
    if (phase == Phase.CONFIRMED
        && session != null
        && session.epoch() == epoch
        && gauge.onReport(epoch, expected, received)) {
      publish();
    }
  }

  /** Frames have begun to arrive: the neighbour is told how many until they end. */
  void onTraffic() {
    if (phase == Phase.CONFIRMED) {
      reportDueNanos = time.nanos() + Sleeve2Protocol.REPORT_NANOS;
    }
  }

  /** The kernel refused a datagram, or says that the path has shrunk. */
  void onTooBig() {
    if (phase == Phase.CONFIRMED) {
      search.onTooBig();
      publish();
    }
  }

  /** Ends the connection without a report. */
  void stop() {
    phase = Phase.ENDED;
    remote = null;
    sending = null;
    heartbeatDueNanos = NEVER;
    silenceDueNanos = NEVER;
    reportDueNanos = NEVER;
    search.stop();
    publish();
  }

  @Override
  public long nextDeadlineNanos() {
    return Math.min(
        Math.min(heartbeatDueNanos, silenceDueNanos),
        Math.min(reportDueNanos, search.nextDeadlineNanos()));
  }

  @Override
  public void onTime() {
    if (isDue(silenceDueNanos)) {
      silenceDueNanos = NEVER;
      if (healthy) {
        healthy = false;
        events.healthy(false);
      }
    }
    if (isDue(heartbeatDueNanos)) {
      sendHeartbeat();
    }
    if (isDue(reportDueNanos)) {
      report();
    }
    if (isDue(search.nextDeadlineNanos())) {
      search.onTime();
      publish();
    }
  }

  private void sendHeartbeat() {
    boolean waiting = !established && silenceDueNanos != NEVER;
    heartbeatDueNanos =
        time.nanos()
            + (waiting ? Sleeve2Protocol.FAST_HEARTBEAT_NANOS : Sleeve2Protocol.HEARTBEAT_NANOS);
    if (path != null) {
      heartbeats++;
      heartbeatSentNanos[slot(heartbeats)] = time.nanos();
      shell.sendHeartbeat(heartbeats, connectionUid);
    }
  }

  private void measure(int number) {
    int slot = slot(number);
    if (heartbeatSentNanos[slot] != NEVER) {
      roundTripNanos = time.nanos() - heartbeatSentNanos[slot];
      // An answer that comes twice says nothing the second time.
      heartbeatSentNanos[slot] = NEVER;
    }
  }

  private static int slot(int number) {
    return number & (HEARTBEATS_REMEMBERED - 1);
  }

  private void report() {
    ReceiveSession session = receiving;
    reportDueNanos = NEVER;
    if (session == null || path == null || session.expected() == reportedDatagrams) {
      shell.awaitTraffic();
      return;
    }
    reportedDatagrams = session.expected();
    reportDueNanos = time.nanos() + Sleeve2Protocol.REPORT_NANOS;
    shell.sendReport(session);
  }

  private void sendProbe(int pathMtu) {
    if (path != null) {
      shell.sendProbe(pathMtu);
    }
  }

  private boolean isDue(long deadlineNanos) {
    return deadlineNanos != NEVER && time.nanos() - deadlineNanos >= 0;
  }

  private void publish() {
    SendSession session = sending;
    boolean ready = phase == Phase.CONFIRMED && remote != null && session != null;
    path = ready && session != null ? SendPath.of(session, search.pathMtu(), gauge.level()) : null;
  }
}
