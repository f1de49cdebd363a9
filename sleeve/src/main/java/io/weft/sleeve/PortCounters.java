package io.weft.sleeve;

import java.util.concurrent.atomic.AtomicLong;

/** What a port on the bridge counts; any thread. */
final class PortCounters {
  private final AtomicLong captured = new AtomicLong();
  private final AtomicLong malformed = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  void captured(int frames) {
    captured.addAndGet(frames);
  }

  void countMalformed() {
    malformed.incrementAndGet();
  }

  void refused(int frames) {
    refused.addAndGet(frames);
  }

  /** Frames handed to the router. */
  long captured() {
    return captured.get();
  }

  /** Captured frames that say something impossible about themselves. */
  long malformed() {
    return malformed.get();
  }

  /** Frames that the interface did not take, and those with an offload that does not fit them. */
  long refused() {
    return refused.get();
  }
}
