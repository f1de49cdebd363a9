package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.ForwarderEvents;
import java.nio.ByteBuffer;

/**
 * The state machine of one connection (overlay.md A.4, C.4): heartbeats, establishment, hold and
 * return. Conductor thread; after {@link #stop} it ignores every event.
 *
 * <p>Weft's neighbours tell each other whether they hear heartbeats, so that both stop using a path
 * that works in one direction only; Weave Net's go on sending into it.
 */
final class FastdpConnection implements Timed {
  /** What the connection makes happen. */
  interface Shell {
    /**
     * Sends a heartbeat with a token, 0 for none; that it cannot be sent shows by its not being
     * acknowledged.
     */
    void sendHeartbeat(long connectionUid, long token);

    /** The neighbour's frames come from this IPv4 address, and ours go there, from now on. */
    void remoteChanged(int address);

    /** No heartbeat has arrived for some time: perhaps the kernel keeps them from us. */
    void heardNothing();
  }

  private enum Phase {
    PREPARED,
    CONFIRMED,
    ENDED
  }

  private final long connectionUid;
  private final HeartbeatTiming timing;
  private final EventTime time;
  private final Shell shell;
  private final ForwarderEvents events;

  private Phase phase = Phase.PREPARED;
  private int remote;
  private boolean acknowledged;
  private boolean established;
  private boolean encrypted;
  private boolean secured;
  private boolean hearing = true;
  private boolean heardByPeer = true;
  private boolean healthy = true;
  private int heardFrameBytes;
  private long roundTripNanos = NEVER;
  private long confirmedAtNanos;
  private long lastHeartbeatNanos = NEVER;
  private long heartbeatDueNanos = NEVER;
  private long timeoutDueNanos = NEVER;
  private long undecidedUntilNanos = NEVER;

  /** A connection that is silent until confirmed, toward an IPv4 address. */
  FastdpConnection(
      long connectionUid,
      HeartbeatTiming timing,
      int remote,
      EventTime time,
      Shell shell,
      ForwarderEvents events) {
    this.connectionUid = connectionUid;
    this.timing = timing;
    this.remote = remote;
    this.time = time;
    this.shell = shell;
    this.events = events;
  }

  /** Before confirmation: stays silent until {@link #secured}, and its addresses never change. */
  void encrypt() {
    encrypted = true;
  }

  /** Where frames go. */
  int remote() {
    return remote;
  }

  /** Why this overlay is not fit to carry frames; empty when it is. */
  String complaint() {
    if (phase != Phase.CONFIRMED) {
      return "fastdp-not-confirmed";
    }
    if (!hearing) {
      return "fastdp-no-heartbeat";
    }
    if (!heardByPeer) {
      return "fastdp-not-heard-by-peer";
    }
    return established ? "" : "fastdp-not-acknowledged";
  }

  /** Whether it has not been able to show yet whether it works. */
  boolean isUndecided() {
    return !established && isNew();
  }

  /** Whether it has been confirmed a short time ago only. */
  boolean isNew() {
    return phase == Phase.CONFIRMED
        && time.nanos() - confirmedAtNanos < FastdpProtocol.UNDECIDED_NANOS;
  }

  /** Bytes of the largest frame of ours that the neighbour says has arrived; 0 for unknown. */
  int heardFrameBytes() {
    return heardFrameBytes;
  }

  /** From a heartbeat to the answer that it has arrived; {@link #NEVER} when not known. */
  long roundTripNanos() {
    return roundTripNanos;
  }

  /** Whether the neighbour has acknowledged a heartbeat. */
  boolean isEstablished() {
    return established;
  }

  /** When a heartbeat arrived last, on the scale of the event time; {@link #NEVER} for not yet. */
  long lastHeartbeatNanos() {
    return lastHeartbeatNanos;
  }

  /** The connection is in the topology: heartbeats begin. */
  void confirm() {
    if (phase != Phase.PREPARED) {
      return;
    }
    phase = Phase.CONFIRMED;
    confirmedAtNanos = time.nanos();
    undecidedUntilNanos = confirmedAtNanos + FastdpProtocol.UNDECIDED_NANOS;
    timeoutDueNanos = confirmedAtNanos + timing.timeoutNanos();
    if (!encrypted || secured) {
      sendHeartbeat(FastdpProtocol.FAST_HEARTBEAT_NANOS);
    }
  }

  /** What is sent is encrypted from now on: heartbeats begin (overlay.md C.4). */
  void secured() {
    secured = true;
    if (phase == Phase.CONFIRMED) {
      timeoutDueNanos = time.nanos() + timing.timeoutNanos();
      sendHeartbeat(FastdpProtocol.FAST_HEARTBEAT_NANOS);
    }
  }

  /** A heartbeat of this connection has arrived, its length right. */
  void onHeartbeat(int from, int frameBytes, long token) {
    if (encrypted && from != remote) {
      // Keys belong to addresses: from elsewhere it was not encrypted.
      return;
    }
    if (phase != Phase.CONFIRMED) {
      // Too early to answer; the neighbour goes on sending.
      return;
    }
    lastHeartbeatNanos = time.nanos();
    timeoutDueNanos = time.nanos() + timing.timeoutNanos();
    if (from != remote) {
      remote = from;
      shell.remoteChanged(from);
    }
    if (!acknowledged) {
      acknowledged = true;
      events.sendControl(FastdpProtocol.CONTROL_ACKNOWLEDGED, new byte[0]);
    }
    if (timing.isNegotiated() && token != 0) {
      byte[] heard = new byte[FastdpProtocol.HEARD_BYTES];
      ByteBuffer.wrap(heard).putShort((short) frameBytes).putLong(token);
      events.sendControl(FastdpProtocol.CONTROL_HEARD, heard);
    }
    setHearing(true);
  }

  /** A control message of the neighbour; unknown ones are ignored (A.3). */
  void onControl(int subTag, byte[] body) {
    if (phase != Phase.CONFIRMED) {
      return;
    }
    switch (subTag) {
      case FastdpProtocol.CONTROL_ACKNOWLEDGED -> {
        if (!established) {
          established = true;
          heartbeatDueNanos = time.nanos() + timing.intervalNanos();
          events.established();
        }
      }
      case FastdpProtocol.CONTROL_HEARING -> {
        if (timing.isNegotiated() && body.length >= 1) {
          heardByPeer = body[0] != 0;
          reportHealth();
        }
      }
      case FastdpProtocol.CONTROL_HEARD -> {
        if (timing.isNegotiated() && body.length >= FastdpProtocol.HEARD_BYTES) {
          heard(ByteBuffer.wrap(body));
        }
      }
      default -> {}
    }
  }

  private void heard(ByteBuffer body) {
    int frameBytes = Short.toUnsignedInt(body.getShort());
    long took = time.nanos() - body.getLong();
    if (took >= 0 && took <= timing.timeoutNanos()) {
      heardFrameBytes = frameBytes;
      roundTripNanos = took;
    }
  }

  /** Ends the connection without a report. */
  void stop() {
    phase = Phase.ENDED;
    heartbeatDueNanos = NEVER;
    timeoutDueNanos = NEVER;
    undecidedUntilNanos = NEVER;
  }

  @Override
  public long nextDeadlineNanos() {
    return Math.min(Math.min(heartbeatDueNanos, timeoutDueNanos), undecidedUntilNanos);
  }

  @Override
  public void onTime() {
    if (isDue(undecidedUntilNanos)) {
      undecidedUntilNanos = NEVER;
      if (lastHeartbeatNanos == NEVER) {
        shell.heardNothing();
      }
      // Perhaps nothing was learned, but what was kept until now need not be kept any more.
      shell.remoteChanged(remote);
    }
    if (isDue(timeoutDueNanos)) {
      timeoutDueNanos = NEVER;
      shell.heardNothing();
      setHearing(false);
    }
    if (isDue(heartbeatDueNanos)) {
      sendHeartbeat(
          established || !hearing ? timing.intervalNanos() : FastdpProtocol.FAST_HEARTBEAT_NANOS);
    }
  }

  private void setHearing(boolean now) {
    if (hearing == now) {
      return;
    }
    hearing = now;
    if (timing.isNegotiated()) {
      events.sendControl(FastdpProtocol.CONTROL_HEARING, new byte[] {(byte) (now ? 1 : 0)});
    }
    reportHealth();
  }

  private void reportHealth() {
    boolean now = hearing && heardByPeer;
    if (healthy != now) {
      healthy = now;
      events.healthy(now);
    }
  }

  private void sendHeartbeat(long intervalNanos) {
    heartbeatDueNanos = time.nanos() + intervalNanos;
    shell.sendHeartbeat(connectionUid, timing.isNegotiated() ? time.nanos() : 0);
  }

  private boolean isDue(long deadlineNanos) {
    return deadlineNanos != NEVER && time.nanos() - deadlineNanos >= 0;
  }
}
