package io.weft.router;

import io.weft.linux.Netlink;
import io.weft.router.host.AddressScan;
import io.weft.router.host.HostFiles;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Finds out what hangs on the bridge, on a thread of its own: it enters every container. */
final class HostSearch implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(HostSearch.class.getName());

  /** Searches that may wait; what comes beyond finds nothing. */
  private static final int MAX_SEARCHES = 64;

  /** Looking leaves the containers as they are. */
  private static final int ANY_MTU = Integer.MAX_VALUE;

  private final String bridge;
  private final HostFiles files;
  private final ThreadPoolExecutor searches;

  HostSearch(String bridge, HostFiles files) {
    this.bridge = bridge;
    this.files = files;
    searches =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_SEARCHES),
            Thread.ofPlatform().daemon().name("host-search").factory());
    // It must be of our network namespace, whoever asks first.
    searches.prestartAllCoreThreads();
  }

  /**
   * Looks for the addresses on the bridge and behind it.
   *
   * @param reply called once, on any thread; empty when this host could not be read or too many
   *     searches wait
   */
  void attachments(Consumer<Optional<List<AddressScan.Attachment>>> reply) {
    try {
      searches.execute(() -> reply.accept(search()));
    } catch (RejectedExecutionException e) {
      reply.accept(Optional.empty());
    }
  }

  private Optional<List<AddressScan.Attachment>> search() {
    try (Netlink netlink = Netlink.open()) {
      return Optional.of(AddressScan.scan(netlink, bridge, files, ANY_MTU).attachments());
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "cannot search this host: {0}", e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    searches.shutdownNow();
  }
}
