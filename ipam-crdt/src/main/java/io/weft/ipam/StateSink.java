package io.weft.ipam;

import java.io.UncheckedIOException;

/** Where the allocator's state survives the process. Called on the conductor thread. */
@FunctionalInterface
public interface StateSink {
  /**
   * Makes the state durable before it returns: what depends on it leaves the router afterwards.
   *
   * @throws UncheckedIOException when it cannot; the allocator then refuses all work, since its
   *     memory is ahead of the disk, and the process should end
   */
  void persist(PersistedState state);
}
