package io.weft.sleeve;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import java.util.function.IntConsumer;

/**
 * The search for the largest frame that fits the path (overlay.md B.9). The kernel's word is used
 * at once and checked by a probe; a path that lies is searched by halving. Conductor thread; no
 * I/O.
 */
final class PathMtu implements Timed {
  private final int overhead;
  private final EventTime time;
  private final IntConsumer probe;

  private int good;
  private int bad;
  private int candidate;
  private int tries;
  private long deadlineNanos = NEVER;
  private int overlayMtu = SleeveProtocol.INITIAL_OVERLAY_MTU;
  private int maxPayload = SleeveProtocol.MAX_PAYLOAD_BYTES;

  /** A search that has not begun; {@code probe} sends a probe for an overlay MTU. */
  PathMtu(Sealing sealing, EventTime time, IntConsumer probe) {
    this.overhead = sealing.overheadBytes();
    this.time = time;
    this.probe = probe;
  }

  int overlayMtu() {
    return overlayMtu;
  }

  int maxPayload() {
    return maxPayload;
  }

  /** The kernel refused a datagram because the path takes only {@code pathMtu} bytes. */
  void onTooBig(int pathMtu) {
    int mtu =
        Math.clamp(
            pathMtu - overhead,
            SleeveProtocol.LEAST_OVERLAY_MTU,
            SleeveProtocol.MAX_PAYLOAD_BYTES + SleeveProtocol.IP_UDP_BYTES - overhead);
    if (candidate != 0 && mtu >= candidate) {
      return;
    }
    // A path below the floor must not make the floor look proven: it is then the only good value.
    good = Math.min(SleeveProtocol.MTU_SEARCH_FLOOR, mtu);
    bad = mtu + 1;
    use(mtu);
    examine(mtu);
  }

  /** The neighbour has received the probe for {@code mtu}. */
  void onVerified(int mtu) {
    if (candidate != 0 && mtu == candidate) {
      good = mtu;
      search();
    }
  }

  /** Ends the search where it stands. */
  void stop() {
    candidate = 0;
    deadlineNanos = NEVER;
  }

  @Override
  public long nextDeadlineNanos() {
    return deadlineNanos;
  }

  @Override
  public void onTime() {
    if (deadlineNanos == NEVER || time.nanos() - deadlineNanos < 0) {
      return;
    }
    if (tries < SleeveProtocol.MTU_PROBE_ATTEMPTS) {
      sendProbe();
    } else {
      bad = candidate;
      search();
    }
  }

  private void search() {
    if (good + 1 >= bad) {
      stop();
      use(good);
    } else {
      examine((good + bad) / 2);
    }
  }

  private void examine(int mtu) {
    candidate = mtu;
    tries = 0;
    sendProbe();
  }

  private void sendProbe() {
    deadlineNanos = time.nanos() + (SleeveProtocol.MTU_PROBE_TIMEOUT_NANOS << tries);
    tries++;
    probe.accept(candidate);
  }

  private void use(int mtu) {
    overlayMtu = mtu;
    maxPayload = mtu + overhead - SleeveProtocol.IP_UDP_BYTES;
  }
}
