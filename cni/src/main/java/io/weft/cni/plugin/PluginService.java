package io.weft.cni.plugin;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.LinuxException;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.UnixConnection;
import io.weft.linux.UnixListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Where the plugins' program reaches the router: a socket that only root may connect to. Each call
 * has a connection of its own (docs/cni.md, The exchange), and a thread while it lasts.
 */
public final class PluginService implements AutoCloseable {
  /** Our choice: a call is sent at once, so this ends only callers that are stuck. */
  private static final Duration IO_LIMIT = Duration.ofSeconds(10);

  /** Our choice: calls may wait for an address; more than these wait to be accepted. */
  private static final int CALLS_MAX = 128;

  private static final int BACKLOG = 1_024;
  private static final long IDLE_SECONDS = 10;
  private static final System.Logger LOGGER = System.getLogger(PluginService.class.getName());

  private final Plugins plugins;
  private final UnixListener listener;
  private final Semaphore room = new Semaphore(CALLS_MAX);
  private final ThreadPoolExecutor workers;
  private final Thread acceptor;

  private PluginService(RouterServices router, UnixListener listener, Path folder) {
    this.listener = listener;
    plugins = new Plugins(router, folder);
    workers =
        new ThreadPoolExecutor(
            0,
            CALLS_MAX,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("cni-", 0).factory());
    acceptor = Thread.ofPlatform().daemon().name("cni-accept").unstarted(this::acceptAll);
  }

  /**
   * Listens in the network namespace of the calling thread; answers after {@link #start}.
   *
   * @param socket where the plugins' program looks for it
   * @param folder where attachments are remembered
   */
  public static PluginService open(RouterServices router, Path socket, Path folder)
      throws IOException {
    Path parent = socket.toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      Files.createDirectories(
          parent,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    new Attachments(folder).removeUnfinished();
    return new PluginService(router, UnixListener.open(socket, BACKLOG), folder);
  }

  /**
   * Frees what containers that are gone have left, whoever attached them; in the host's network
   * namespace, while nobody attaches.
   *
   * @param folder where attachments are remembered
   * @param isInUse whether an address was found on an interface
   * @return how many were freed
   */
  public static int collectVanished(
      RouterServices router, Path folder, Predicate<Ipv4Prefix> isInUse) throws IOException {
    return new Collection(router, new Attachments(folder)).collectVanished(isInUse);
  }

  /**
   * What the allocator calls the attachments that there are.
   *
   * @param folder where they are remembered
   * @throws UncheckedIOException if what is remembered cannot be read
   */
  public static Set<String> identities(Path folder) {
    return new Attachments(folder).identities();
  }

  /** Begins to answer. */
  public void start() {
    acceptor.start();
  }

  private void acceptAll() {
    while (!listener.isClosed()) {
      try {
        room.acquire();
        UnixConnection connection;
        try {
          connection = listener.accept();
        } catch (LinuxException e) {
          room.release();
          if (!listener.isClosed()) {
            LOGGER.log(Level.WARNING, "no connection of a CNI plugin: {0}", e.getMessage());
          }
          continue;
        }
        workers.execute(() -> serve(connection));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void serve(UnixConnection connection) {
    try (connection) {
      connection.setTimeout(IO_LIMIT);
      UnixConnection.Head head = connection.readHead(CallHead.BYTES);
      Optional<NetworkNamespace> namespace = head.namespace();
      try {
        answer(connection, head);
      } finally {
        namespace.ifPresent(NetworkNamespace::close);
      }
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "a CNI plugin was not served: {0}", e.getMessage());
    } finally {
      room.release();
    }
  }

  private void answer(UnixConnection connection, UnixConnection.Head head) throws IOException {
    CallHead lengths = CallHead.parse(head.bytes());
    byte[] environment = connection.read(lengths.environmentBytes());
    byte[] configuration = connection.read(lengths.configurationBytes());
    plugins.call(
        environment,
        configuration,
        head.namespace(),
        connection::isGone,
        outcome -> deliver(connection, outcome));
  }

  private static boolean deliver(UnixConnection connection, Plugins.Outcome outcome) {
    try {
      String text = outcome.exit() + outcome.text() + "\n";
      connection.write(text.getBytes(StandardCharsets.UTF_8));
      return true;
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "a CNI plugin has gone before its answer: {0}", e.getMessage());
      return false;
    }
  }

  /** Stops to answer; calls under way may go on until they end or the process does. */
  @Override
  public void close() {
    listener.close();
    workers.shutdownNow();
  }
}
