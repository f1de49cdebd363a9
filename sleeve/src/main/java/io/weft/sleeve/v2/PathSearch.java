package io.weft.sleeve.v2;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/**
 * The path MTU toward the neighbour, found with padded probes that it answers (the way of RFC
 * 8899). Nothing is believed that was not seen to arrive: the kernel's word, and with it that of
 * every ICMP message, only says what to try first. Conductor thread; no I/O.
 *
 * <p>MTUs count the IPv4 header and all.
 */
final class PathSearch implements Timed {
  private final EventTime time;
  private final IntConsumer probe;
  private final IntSupplier deviceMtu;

  private int current = Sleeve2Protocol.LEAST_PATH_MTU;
  private boolean running;

  /** What is being tried; 0 while nothing is. */
  private int candidate;

  /** Largest that is good, and least that is bad, while a search goes on. */
  private int good;

  private int bad;
  private int attempts;
  private long probeDueNanos = NEVER;
  private long confirmDueNanos = NEVER;
  private long raiseDueNanos = NEVER;

  /**
   * A search that has not begun.
   *
   * @param probe sends a probe for a path MTU
   * @param deviceMtu what the kernel believes the path takes; 0 when it does not say
   */
  PathSearch(EventTime time, IntConsumer probe, IntSupplier deviceMtu) {
    this.time = time;
    this.probe = probe;
    this.deviceMtu = deviceMtu;
  }

  /** Largest path MTU that has been seen to work, and {@code 576} before that. */
  int pathMtu() {
    return current;
  }

  /** Begins, or begins anew on another path. */
  void start() {
    running = true;
    raise(hint());
  }

  /** The kernel has refused a datagram, or says that the path has shrunk. */
  void onTooBig() {
    if (running && (candidate == 0 || candidate == current)) {
      confirm();
    } else if (running && hint() < candidate) {
      fail();
    }
  }

  /** The neighbour has received a probe. */
  void onAck(int mtu) {
    if (!running || candidate == 0 || mtu != candidate) {
      return;
    }
    if (candidate == current) {
      settle();
      return;
    }
    good = mtu;
    current = Math.max(current, mtu);
    search();
  }

  /** Ends the search. */
  void stop() {
    running = false;
    candidate = 0;
    probeDueNanos = NEVER;
    confirmDueNanos = NEVER;
    raiseDueNanos = NEVER;
  }

  @Override
  public long nextDeadlineNanos() {
    return Math.min(probeDueNanos, Math.min(confirmDueNanos, raiseDueNanos));
  }

  @Override
  public void onTime() {
    if (isDue(probeDueNanos)) {
      if (attempts < Sleeve2Protocol.PROBE_ATTEMPTS) {
        sendProbe();
      } else {
        fail();
      }
    }
    if (isDue(raiseDueNanos)) {
      raise(hint());
    } else if (isDue(confirmDueNanos)) {
      confirm();
    }
  }

  private int hint() {
    int mtu = deviceMtu.getAsInt();
    return Math.clamp(
        mtu == 0 ? Sleeve2Protocol.MAX_PATH_MTU : mtu,
        Sleeve2Protocol.LEAST_PATH_MTU,
        Sleeve2Protocol.MAX_PATH_MTU);
  }

  /** Looks for more than is in use, first of all for {@code first}. */
  private void raise(int first) {
    raiseDueNanos = time.nanos() + Sleeve2Protocol.MTU_RAISE_NANOS;
    confirmDueNanos = time.nanos() + Sleeve2Protocol.MTU_CONFIRM_NANOS;
    if (first <= current) {
      confirm();
      return;
    }
    good = current;
    bad = first + 1;
    examine(first);
  }

  private void confirm() {
    confirmDueNanos = time.nanos() + Sleeve2Protocol.MTU_CONFIRM_NANOS;
    if (candidate == 0 && current > Sleeve2Protocol.LEAST_PATH_MTU) {
      examine(current);
    }
  }

  private void fail() {
    if (candidate == current) {
      // What worked works no more: everything below it is open again.
      bad = current;
      good = Sleeve2Protocol.LEAST_PATH_MTU;
      current = good;
      int first = Math.min(hint(), bad - 1);
      if (first > good) {
        examine(first);
        return;
      }
    } else {
      bad = candidate;
    }
    search();
  }

  private void search() {
    if (good + 1 >= bad) {
      settle();
    } else {
      examine((good + bad) >>> 1);
    }
  }

  private void settle() {
    candidate = 0;
    probeDueNanos = NEVER;
  }

  private void examine(int mtu) {
    candidate = mtu;
    attempts = 0;
    sendProbe();
  }

  private void sendProbe() {
    probeDueNanos = time.nanos() + (Sleeve2Protocol.PROBE_TIMEOUT_NANOS << Math.min(attempts, 2));
    attempts++;
    probe.accept(candidate);
  }

  private boolean isDue(long deadlineNanos) {
    return deadlineNanos != NEVER && time.nanos() - deadlineNanos >= 0;
  }
}
