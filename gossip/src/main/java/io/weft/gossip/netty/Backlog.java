package io.weft.gossip.netty;

import io.weft.gossip.wire.MeshMessage;
import java.util.concurrent.atomic.AtomicLong;

/** How much one link still has to write, in bytes. Any thread. */
final class Backlog {
  private final LinkHost host;
  private final AtomicLong pending = new AtomicLong();
  private volatile boolean refused;

  Backlog(LinkHost host) {
    this.host = host;
  }

  /** Whether the link takes more; if not, {@link #reopens} becomes true some time. */
  boolean isWritable() {
    if (hasSpace()) {
      return true;
    }
    refused = true;
    // What was pending may have been written before the flag was up.
    return hasSpace();
  }

  /** Whether the link takes what must not wait for other links. */
  boolean takesControl() {
    return pending.get() < host.limits().outboundHigh();
  }

  private boolean hasSpace() {
    return takesControl() && !host.isFull();
  }

  /** Counts a message; false when the peer has fallen too far behind. */
  boolean reserve(MeshMessage message) {
    int weight = MessageWeight.of(message);
    host.addPending(weight);
    return pending.addAndGet(weight) <= host.limits().outboundMax();
  }

  /** Bytes are written or given up. */
  void release(int weight) {
    host.addPending(-weight);
    pending.addAndGet(-weight);
  }

  long bytes() {
    return pending.get();
  }

  /**
   * Whether more may be sent after something was refused; true once for each refusal.
   *
   * @param anyway also when all links together have too much, since control does not wait for that
   */
  boolean reopens(boolean anyway) {
    boolean again =
        refused && pending.get() <= host.limits().outboundLow() && (anyway || !host.isFull());
    if (again) {
      refused = false;
    }
    return again;
  }
}
