package io.weft.router.forwarding;

import java.util.concurrent.TimeUnit;

/**
 * One hardware address and the peer that has it. Address and peer never change; any thread may
 * refresh when it was last seen.
 */
public final class MacEntry {
  // By specification (overlay.md E.1): the time is rewritten only when it is older than this.
  static final long REFRESH_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final long mac;
  private final long peer;

  // Read for every frame, written once a minute; threads may overwrite one another's time.
  private volatile long lastSeenNanos;

  /** An address that {@code peer} has, seen now on the scale of the monotonic clock. */
  public MacEntry(long mac, long peer, long nowNanos) {
    this.mac = mac;
    this.peer = peer;
    this.lastSeenNanos = nowNanos;
  }

  /** The address as a big-endian 48-bit number. */
  public long mac() {
    return mac;
  }

  /** Value of the name of the peer that has the address. */
  public long peer() {
    return peer;
  }

  /** When a frame from this address was seen, at most a minute old; on the monotonic scale. */
  public long lastSeenNanos() {
    return lastSeenNanos;
  }

  void refresh(long nowNanos) {
    if (nowNanos - lastSeenNanos > REFRESH_NANOS) {
      lastSeenNanos = nowNanos;
    }
  }
}
