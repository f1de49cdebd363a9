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

  /**
   * Offers to store what an event has changed a little later, together with what the next ones
   * change. Nothing that depends on it leaves the router before.
   *
   * @param store to be run on the conductor thread before it waits for further events; calls {@link
   *     #persist}, whose exception passes through
   * @return whether that will be done; when not, the allocator stores at once
   */
  default boolean postpone(Runnable store) {
    return false;
  }
}
