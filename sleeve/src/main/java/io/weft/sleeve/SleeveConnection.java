package io.weft.sleeve;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.ForwarderEvents;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one connection (overlay.md B.8): heartbeats, establishment, roaming, the
 * fragmentation test and the path MTU. Events and a time go in; datagrams, control messages and
 * reports come out through {@link Shell} and {@link ForwarderEvents}.
 *
 * <p>Conductor thread, except {@link #path}, which any thread reads. After it has failed or been
 * stopped it ignores every event.
 */
final class SleeveConnection implements Timed {
  /** What the connection makes happen. A failure is reported later, never from inside a call. */
  interface Shell {
    /** Sends a heartbeat with "don't fragment". */
    void sendHeartbeat(long connectionUid);

    /** Sends {@code frameBytes} zero bytes as one frame. */
    void sendZeros(int frameBytes, boolean dontFragment);

    /** Datagrams go to this address from now on; called before they do. */
    void remoteChanged(Endpoint remote);

    /** The connection has failed; reported to the mesh separately. */
    void failed();
  }

  private enum Phase {
    PREPARED,
    CONFIRMED,
    ENDED
  }

  private final long connectionUid;
  private final Sealing sealing;
  private final EventTime time;
  private final Shell shell;
  private final ForwarderEvents events;
  private final PathMtu mtu;

  private Phase phase = Phase.PREPARED;
  private @Nullable Endpoint remote;
  private boolean acknowledged;
  private boolean established;
  private boolean stackMayFragment;
  private long heartbeatDueNanos = NEVER;
  private long timeoutDueNanos = NEVER;
  private long fragmentationTestDueNanos = NEVER;
  private long lastHeartbeatNanos = NEVER;
  private long testSentNanos = NEVER;
  private long roundTripNanos = NEVER;
  private volatile PathState path;

  /**
   * A connection that is silent until confirmed.
   *
   * @param remote the neighbour's address, or null on the accepting side, which learns it from the
   *     first heartbeat (B.1)
   */
  SleeveConnection(
      long connectionUid,
      Sealing sealing,
      @Nullable Endpoint remote,
      EventTime time,
      Shell shell,
      ForwarderEvents events) {
    this.connectionUid = connectionUid;
    this.sealing = sealing;
    this.remote = remote;
    this.time = time;
    this.shell = shell;
    this.events = events;
    this.mtu = new PathMtu(sealing, time, this::sendProbe);
    this.path = newPath(null);
  }

  /** What data lanes go by; it has no remote address before {@link #confirm} and after the end. */
  PathState path() {
    return path;
  }

  /** When a heartbeat arrived last, on the scale of the event time; {@link #NEVER} for not yet. */
  long lastHeartbeatNanos() {
    return lastHeartbeatNanos;
  }

  /**
   * From a fragmentation test to the answer that it has arrived, as heartbeats are answered once
   * only; {@link #NEVER} when none was, or not before the next.
   */
  long roundTripNanos() {
    return roundTripNanos;
  }

  /** The connection is in the topology: heartbeats begin. */
  void confirm() {
    if (phase != Phase.PREPARED) {
      return;
    }
    phase = Phase.CONFIRMED;
    timeoutDueNanos = time.nanos() + SleeveProtocol.HEARTBEAT_TIMEOUT_NANOS;
    if (remote != null) {
      adopt(remote);
    }
    sendHeartbeat(SleeveProtocol.FAST_HEARTBEAT_NANOS);
  }

  /** A heartbeat has arrived from an address that is only believed with the right uid. */
  void onHeartbeat(long uid, Endpoint from) {
    // Nothing can be sent to port 0, whoever claims to send from there.
    if (phase == Phase.ENDED || uid != connectionUid || from.port() == 0) {
      return;
    }
    if (phase == Phase.PREPARED) {
      // Too early to answer; the neighbour goes on sending.
      remote = from;
      return;
    }
    if (remote == null) {
      adopt(from);
      sendHeartbeat(
          established ? SleeveProtocol.SLOW_HEARTBEAT_NANOS : SleeveProtocol.FAST_HEARTBEAT_NANOS);
    } else if (!remote.equals(from)) {
      adopt(from);
    }
    lastHeartbeatNanos = time.nanos();
    timeoutDueNanos = time.nanos() + SleeveProtocol.HEARTBEAT_TIMEOUT_NANOS;
    if (!acknowledged) {
      acknowledged = true;
      events.sendControl(SleeveProtocol.CONTROL_ESTABLISHED, new byte[0]);
    }
  }

  /** The neighbour's fragmentation test has arrived in one piece. */
  void onFragmentationTest() {
    if (phase == Phase.CONFIRMED) {
      events.sendControl(SleeveProtocol.CONTROL_FRAGMENTS_ARRIVE, new byte[0]);
    }
  }

  /** A probe of the neighbour has arrived, {@code frameBytes} long. */
  void onProbe(int frameBytes) {
    if (phase == Phase.CONFIRMED) {
      events.sendControl(
          SleeveProtocol.CONTROL_MTU_VERIFIED,
          ControlMessages.mtuVerified(frameBytes - SleeveProtocol.ETHERNET_BYTES));
    }
  }

  /** A control message of the neighbour; unknown and short ones are ignored (A.3). */
  void onControl(int subTag, byte[] body) {
    if (phase != Phase.CONFIRMED) {
      return;
    }
    switch (subTag) {
      case SleeveProtocol.CONTROL_ESTABLISHED -> onAcknowledged();
      case SleeveProtocol.CONTROL_FRAGMENTS_ARRIVE -> {
        stackMayFragment = true;
        if (testSentNanos != NEVER) {
          roundTripNanos = time.nanos() - testSentNanos;
          testSentNanos = NEVER;
        }
        publish();
      }
      case SleeveProtocol.CONTROL_MTU_VERIFIED -> {
        int verified = ControlMessages.verifiedMtu(body);
        if (verified != ControlMessages.NONE) {
          mtu.onVerified(verified);
          publish();
        }
      }
      default -> {}
    }
  }

  /** The kernel refused a datagram with "don't fragment" and says what the path takes. */
  void onTooBig(int pathMtu) {
    if (phase == Phase.CONFIRMED) {
      mtu.onTooBig(pathMtu);
      publish();
    }
  }

  /** Sending failed for good. */
  void onSendError(String reason) {
    fail(reason);
  }

  /** Ends the connection without a report. */
  void stop() {
    if (phase != Phase.ENDED) {
      phase = Phase.ENDED;
      remote = null;
      heartbeatDueNanos = NEVER;
      timeoutDueNanos = NEVER;
      fragmentationTestDueNanos = NEVER;
      mtu.stop();
      publish();
    }
  }

  @Override
  public long nextDeadlineNanos() {
    // All four are on one scale and NEVER is its largest value, so plain comparison is right.
    return Math.min(
        Math.min(heartbeatDueNanos, timeoutDueNanos),
        Math.min(fragmentationTestDueNanos, mtu.nextDeadlineNanos()));
  }

  @Override
  public void onTime() {
    if (isDue(timeoutDueNanos)) {
      fail("no sleeve heartbeat from peer for 60 s");
      return;
    }
    if (isDue(heartbeatDueNanos)) {
      sendHeartbeat(
          established ? SleeveProtocol.SLOW_HEARTBEAT_NANOS : SleeveProtocol.FAST_HEARTBEAT_NANOS);
    }
    if (isDue(fragmentationTestDueNanos)) {
      stackMayFragment = false;
      testFragmentation();
      publish();
    }
    if (isDue(mtu.nextDeadlineNanos())) {
      mtu.onTime();
      publish();
    }
  }

  private void onAcknowledged() {
    if (established) {
      return;
    }
    established = true;
    heartbeatDueNanos = time.nanos() + SleeveProtocol.SLOW_HEARTBEAT_NANOS;
    events.established();
    testFragmentation();
    if (path.remote() != null) {
      shell.sendZeros(SleeveProtocol.MTU_KICK_BYTES, true);
    }
  }

  private void testFragmentation() {
    fragmentationTestDueNanos = time.nanos() + SleeveProtocol.FRAGMENTATION_TEST_NANOS;
    if (testSentNanos != NEVER) {
      roundTripNanos = NEVER;
    }
    if (path.remote() != null) {
      testSentNanos = time.nanos();
      shell.sendZeros(SleeveProtocol.FRAGMENTATION_TEST_BYTES, false);
    }
  }

  private void sendHeartbeat(long intervalNanos) {
    heartbeatDueNanos = time.nanos() + intervalNanos;
    if (path.remote() != null) {
      shell.sendHeartbeat(connectionUid);
    }
  }

  private void sendProbe(int overlayMtu) {
    if (path.remote() != null) {
      shell.sendZeros(overlayMtu + SleeveProtocol.ETHERNET_BYTES, true);
    }
  }

  private void adopt(Endpoint address) {
    remote = address;
    shell.remoteChanged(address);
    publish();
  }

  private void fail(String reason) {
    if (phase != Phase.ENDED) {
      stop();
      shell.failed();
      events.failed(reason);
    }
  }

  private boolean isDue(long deadlineNanos) {
    return deadlineNanos != NEVER && time.nanos() - deadlineNanos >= 0;
  }

  private void publish() {
    path = newPath(phase == Phase.CONFIRMED ? remote : null);
  }

  private PathState newPath(@Nullable Endpoint to) {
    return new PathState(to, mtu.overlayMtu(), mtu.maxPayload(), stackMayFragment, sealing);
  }
}
