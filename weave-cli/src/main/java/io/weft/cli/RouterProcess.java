package io.weft.cli;

import io.weft.linux.ProcessImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The router as a process: how it is started, recognised and stopped. */
final class RouterProcess {
  private static final String MAIN_CLASS = "io.weft.router.RouterMain";

  /** Our choice: a router that has not said good-bye to its peers by now will not do so at all. */
  private static final int STOP_SECONDS_MAX = 20;

  private static final String WORKERS_FLAG = "--workers";

  /** The router's own default. */
  private static final int DEFAULT_WORKERS_MAX = 4;

  private static final int HEAP_MEGABYTES = 60;
  private static final int DIRECT_MEGABYTES = 64;

  // What a further worker may take while 200 neighbours, the router's own limit, are sent to:
  // 64 KiB of heap and 256 KiB of buffers for each, and its own. Limits, which nothing reserves.
  private static final int WORKER_HEAP_MEGABYTES = 26;
  private static final int WORKER_DIRECT_MEGABYTES = 56;

  /** A queue from one worker to another. */
  private static final int QUEUE_MEGABYTES = 4;

  /**
   * The router's virtual machine. The serial collector and small limits keep a mostly idle daemon
   * small; the frame path does not allocate, so a larger heap would buy it nothing.
   */
  private static final List<String> VIRTUAL_MACHINE =
      List.of(
          "-XX:+UseSerialGC",
          "-Xshare:auto",
          // An archive of classes that does not fit this runtime is passed over without a word.
          "-Xlog:cds*=off",
          "-Xlog:aot*=off",
          "-Xms12m",
          "-Xmn4m",
          "-Xmx" + HEAP_MEGABYTES + "m",
          // A quarter of the objects' memory, since most are small.
          "-XX:+UseCompactObjectHeaders",
          // The archive of classes as it is in the file, instead of pages changed for an address.
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:ArchiveRelocationMode=0",
          // Control traffic is not worth tens of megabytes while its code is compiled; what moves
          // frames has no such limit.
          "-XX:CompileCommand=quiet",
          "-XX:CompileCommand=MemLimit,io/weft/gossip*.*,12M~stop",
          "-XX:CompileCommand=MemLimit,io/weft/ipam*.*,12M~stop",
          "-XX:CompileCommand=MemLimit,io/netty*.*,12M~stop",
          "-XX:CompileCommand=MemLimit,jnr*.*,12M~stop",
          "-Xss512k",
          "-XX:MaxDirectMemorySize=" + DIRECT_MEGABYTES + "m",
          "-XX:ReservedCodeCacheSize=48m",
          // The compiler's memory is free after the start, but the C library would keep it.
          "-XX:TrimNativeHeapInterval=2000",
          "-XX:+ExitOnOutOfMemoryError",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private RouterProcess() {}

  /** The whole command line of the router, the program first. */
  static List<String> commandLine(Console console, List<String> routerArguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(VIRTUAL_MACHINE);
    command.addAll(memory(workers(routerArguments, Runtime.getRuntime().availableProcessors())));
    Path libraries = console.home().resolve("lib");
    Path archive = libraries.resolve("router.jsa");
    if (Files.isReadable(archive)) {
      command.add("-XX:SharedArchiveFile=" + archive);
    }
    String extra = console.variable("WEFT_ROUTER_JAVA_OPTS");
    if (extra != null) {
      command.addAll(List.of(extra.strip().split("\\s+", -1)));
    }
    command.add("-cp");
    command.add(libraries + "/*");
    command.add(MAIN_CLASS);
    command.addAll(routerArguments);
    return command;
  }

  /**
   * What workers beyond the first need: buffers of their own, for each neighbour as well, and
   * queues to one another. Nothing for one.
   */
  static List<String> memory(int workers) {
    int more = workers - 1;
    if (more == 0) {
      return List.of();
    }
    int direct = DIRECT_MEGABYTES + more * (WORKER_DIRECT_MEGABYTES + QUEUE_MEGABYTES * workers);
    return List.of(
        "-Xmx%dm".formatted(HEAP_MEGABYTES + more * WORKER_HEAP_MEGABYTES),
        "-XX:MaxDirectMemorySize=%dm".formatted(direct));
  }

  /** As many workers as the router will have. */
  static int workers(List<String> routerArguments, int processors) {
    int workers = Math.clamp(processors / 2, 1, DEFAULT_WORKERS_MAX);
    for (int i = 0; i < routerArguments.size(); i++) {
      String argument = routerArguments.get(i);
      String text = null;
      if (argument.startsWith(WORKERS_FLAG + "=")) {
        text = argument.substring(WORKERS_FLAG.length() + 1);
      } else if (argument.equals(WORKERS_FLAG) && i + 1 < routerArguments.size()) {
        text = routerArguments.get(i + 1);
      }
      if (text != null) {
        // What is no number of workers ends the launch.
        workers = text.matches("[1-8]") ? Integer.parseInt(text) : 1;
      }
    }
    return workers;
  }

  /** Adds to {@code environment} what the router finds there: its secrets, and allocator limits. */
  static void prepare(Map<String, String> environment, @Nullable String password) {
    if (password != null) {
      environment.put("WEAVE_PASSWORD", password);
    }
    // The C library would otherwise reserve an arena for each of the router's threads, and keep
    // what the compiler has given back.
    environment.putIfAbsent("MALLOC_ARENA_MAX", "1");
    environment.putIfAbsent("MALLOC_MMAP_THRESHOLD_", "65536");
    environment.putIfAbsent("MALLOC_TRIM_THRESHOLD_", "65536");
  }

  /** Starts the router in a session of its own, with no terminal and its output in {@code log}. */
  static Process start(List<String> command, @Nullable String password, Path log)
      throws IOException {
    List<String> detached = new ArrayList<>();
    detached.add("setsid");
    detached.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(detached)
            .directory(Path.of("/").toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    prepare(builder.environment(), password);
    return builder.start();
  }

  /**
   * Turns this process into the router, so that a supervisor sees one process with one pid.
   *
   * @throws IOException if the kernel refuses; otherwise this method does not return
   */
  static void replaceThisProcess(
      Console console, List<String> routerArguments, @Nullable String password) throws IOException {
    Map<String, String> environment = new HashMap<>(console.environment());
    prepare(environment, password);
    console.out().flush();
    console.err().flush();
    ProcessImage.replace(commandLine(console, routerArguments), environment);
  }

  /** The router that {@code directory} knows of, if that process still lives and is a router. */
  static Optional<ProcessHandle> running(RunDirectory directory) {
    if (directory.notedPid().isEmpty()) {
      return Optional.empty();
    }
    return ProcessHandle.of(directory.notedPid().getAsLong())
        .filter(ProcessHandle::isAlive)
        .filter(RouterProcess::isRouter);
  }

  /** Pids are used again: a process of another program must never be taken for the router. */
  private static boolean isRouter(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline")).contains(MAIN_CLASS);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Asks the router to end and waits for it; ends it by force when it does not.
   *
   * @return whether it ended by itself
   */
  static boolean stop(ProcessHandle router) {
    router.destroy();
    if (hasEnded(router)) {
      return true;
    }
    router.destroyForcibly();
    if (!hasEnded(router)) {
      throw CommandFailure.of("router process " + router.pid() + " does not end");
    }
    return false;
  }

  private static boolean hasEnded(ProcessHandle router) {
    try {
      router.onExit().get(STOP_SECONDS_MAX, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailure.of("interrupted while waiting for the router to end");
    }
  }
}
