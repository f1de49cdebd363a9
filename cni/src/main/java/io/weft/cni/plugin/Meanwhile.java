package io.weft.cni.plugin;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Something that goes on in another thread while the one that began it does its own work.
 *
 * @param <T> what comes of it
 */
final class Meanwhile<T> {
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("cni-address-", 0).factory());

  private final Future<T> future;

  private Meanwhile(Future<T> future) {
    this.future = future;
  }

  /** What is done. */
  interface Work<T> {
    T run() throws IOException;
  }

  /** Begins; the work waits for nothing without a limit of its own. */
  static <T> Meanwhile<T> begin(Work<T> work) {
    return new Meanwhile<>(THREADS.submit(work::run));
  }

  /** Waits for what comes of it, a failure too. */
  T get() throws IOException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case null, default -> throw new IOException("the work beside failed", e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting", e);
    }
  }

  /** Waits for its end, whatever comes of it, because of a failure elsewhere. */
  void abandon(Exception cause) {
    try {
      get();
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    }
  }
}
