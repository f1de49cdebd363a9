package io.weft.router;

import io.weft.router.options.RouterOptions;
import io.weft.router.options.UsageException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Logger;

/** The router's program. */
public final class RouterMain {
  private static final System.Logger LOGGER = System.getLogger(RouterMain.class.getName());

  /** Kept here since a logger that nobody holds forgets its level. */
  private static final Logger ROOT = Logger.getLogger("");

  private static final Logger NETTY = Logger.getLogger("io.netty");

  /** Says at length, several times a minute, that the packet filter is looked at. */
  private static final Logger PROCESSES = Logger.getLogger("java.lang.ProcessBuilder");

  private RouterMain() {}

  /**
   * Runs a router until it is told to stop.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String[] arguments) {
    try {
      RouterOptions options = RouterOptions.parse(List.of(arguments), System.getenv());
      switch (options.task()) {
        case PRINT_HELP -> System.out.print(RouterOptions.help());
        case PRINT_VERSION -> System.out.println("weave " + ProductVersion.text());
        case PRINT_PEER_NAME -> System.out.println(HostSetup.nameOnly(options));
        case REMOVE_RULES -> removeRules(options);
        case RUN -> run(options);
      }
    } catch (UsageException e) {
      System.err.println("weave: " + e.getMessage());
      System.exit(e.exitCode());
    } catch (RouterException e) {
      LOGGER.log(Level.ERROR, "{0}", e.getMessage());
      System.exit(1);
    }
  }

  private static void removeRules(RouterOptions options) throws RouterException {
    try {
      HostPlumbing.undo(options);
    } catch (IOException e) {
      throw new RouterException(e);
    }
  }

  private static void run(RouterOptions options) throws RouterException {
    configureLogging(options.logLevel());
    options.ignored().forEach(remark -> LOGGER.log(Level.WARNING, "{0}", remark));
    CompletableFuture<Router> started = new CompletableFuture<>();
    // Before the start: a signal in the midst of it is obeyed at its end.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(started), "shutdown"));
    try {
      Router router = Router.start(options, RouterMain::endFor);
      started.complete(router);
      System.out.println(
          "weave router %s is ready after %d ms".formatted(router.name(), millisSinceStart()));
    } finally {
      // Without effect after a start. Also when an error ends it: the shutdown waits for either.
      started.completeExceptionally(new IllegalStateException("the start has failed"));
    }
    // The shutdown ends the process.
    awaitUninterruptibly(new CountDownLatch(1));
  }

  private static void stop(CompletableFuture<Router> started) {
    try {
      started.join().close();
    } catch (CompletionException e) {
      // The start has failed, of which the main thread tells.
      return;
    }
    // Else the machine would report the signal, as if the stop had not been orderly.
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  private static long millisSinceStart() {
    Instant now = Instant.now();
    return Duration.between(ProcessHandle.current().info().startInstant().orElse(now), now)
        .toMillis();
  }

  /** Ends the process without waiting, since the caller may be a thread that must end first. */
  private static void endFor(String reason) {
    LOGGER.log(Level.ERROR, "fatal: {0}", reason);
    Runtime.getRuntime().halt(1);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean done = false;
    while (!done) {
      try {
        latch.await();
        done = true;
      } catch (InterruptedException e) {
        LOGGER.log(Level.DEBUG, "main thread interrupted, going on");
      }
    }
  }

  private static void configureLogging(Level level) {
    for (Handler handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    ConsoleHandler handler = new ConsoleHandler();
    handler.setFormatter(new LineFormatter());
    handler.setLevel(java.util.logging.Level.ALL);
    try {
      handler.setEncoding(StandardCharsets.UTF_8.name());
    } catch (java.io.UnsupportedEncodingException e) {
      throw new IllegalStateException("every Java platform has UTF-8", e);
    }
    ROOT.addHandler(handler);
    ROOT.setLevel(julLevel(level));
    NETTY.setLevel(java.util.logging.Level.WARNING);
    PROCESSES.setLevel(java.util.logging.Level.INFO);
  }

  private static java.util.logging.Level julLevel(Level level) {
    return switch (level) {
      case DEBUG -> java.util.logging.Level.FINE;
      case WARNING -> java.util.logging.Level.WARNING;
      case ERROR -> java.util.logging.Level.SEVERE;
      default -> java.util.logging.Level.INFO;
    };
  }
}
