package io.weft.cli.demo;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * What a demonstration leaves on the machine, found by name alone: so it can be removed whatever
 * step it was in, and also by another process.
 */
final class Scenery {
  /** All demonstrations have names that begin like this. */
  static final String NAME_PREFIX = "weft-demo-";

  private static final String OWN_PACKAGE = "io.weft.cli.";
  private static final Path NAMESPACES = Path.of("/run/netns");
  private static final Path PROCESSES = Path.of("/proc");
  private static final long ENDING_SECONDS_MAX = 10;
  private static final int ENDING_ROUNDS_MAX = 10;

  private final String name;
  private final Path runRoot;
  private final Path directory;

  Scenery(String name, Path runRoot, Path directory) {
    this.name = name;
    this.runRoot = runRoot;
    this.directory = directory;
  }

  /** Whether {@code text} has the form of a name; the number is the process that gave it. */
  static boolean isName(String text) {
    return text.matches(NAME_PREFIX + "[0-9]{1,10}");
  }

  /** The names of the demonstrations that have namespaces or files on this machine. */
  static List<String> names(Path runRoot) throws IOException {
    return Stream.concat(entries(NAMESPACES).stream(), entries(runRoot).stream())
        .map(entry -> entry.replaceFirst("^(" + NAME_PREFIX + "[0-9]+)-.*", "$1"))
        .filter(Scenery::isName)
        .distinct()
        .sorted()
        .toList();
  }

  /** Whether the process that named a demonstration is still at it. */
  static boolean isPlaying(String name) throws IOException {
    Path commandLine = PROCESSES.resolve(name.substring(NAME_PREFIX.length()) + "/cmdline");
    // The number may belong to another program by now.
    return Files.exists(commandLine) && Files.readString(commandLine).contains(OWN_PACKAGE);
  }

  private static List<String> entries(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }

  /** Ends the processes in the namespaces, then removes the namespaces and the files. */
  void remove() throws IOException {
    List<String> namespaces = namespaces();
    List<Long> inodes = new ArrayList<>();
    for (String namespace : namespaces) {
      try (NetworkNamespace open = NetworkNamespace.ofName(namespace)) {
        inodes.add(open.inode());
      }
    }
    endProcesses(inodes);
    for (String namespace : namespaces) {
      NetworkNamespace.delete(namespace);
    }
    for (long inode : inodes) {
      deleteTree(runRoot.resolve(Long.toString(inode)));
    }
    deleteTree(directory);
  }

  private List<String> namespaces() throws IOException {
    return entries(NAMESPACES).stream().filter(entry -> entry.startsWith(name + "-")).toList();
  }

  /** In rounds, since a command that is ended may just have started a router. */
  private static void endProcesses(List<Long> inodes) throws IOException {
    for (int round = 0; round < ENDING_ROUNDS_MAX; round++) {
      List<ProcessHandle> inside = new ArrayList<>();
      try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
        all.filter(process -> inodes.contains(namespaceOf(process))).forEach(inside::add);
      }
      if (inside.isEmpty()) {
        return;
      }
      // Routers, commands and pings of ours; the shell of a curious user ends as well.
      inside.forEach(ProcessHandle::destroy);
      if (!haveEnded(inside)) {
        inside.forEach(ProcessHandle::destroyForcibly);
        if (!haveEnded(inside)) {
          throw new IOException("processes do not end: " + inside);
        }
      }
    }
    throw new IOException("processes keep starting in the namespaces of the demonstration");
  }

  private static boolean haveEnded(List<ProcessHandle> processes) throws IOException {
    CompletableFuture<?>[] ends =
        processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(ends).get(ENDING_SECONDS_MAX, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while processes end", e);
    }
  }

  /** The inode of the network namespace of a process, or -1 when it has gone. */
  private static long namespaceOf(ProcessHandle process) {
    try {
      Path namespace = PROCESSES.resolve(process.pid() + "/ns/net");
      String link = Files.readSymbolicLink(namespace).toString();
      return Long.parseLong(link.replaceAll("\\D", ""));
    } catch (IOException e) {
      return -1;
    }
  }

  private static void deleteTree(Path root) throws IOException {
    List<Path> entries;
    try (Stream<Path> tree = Files.walk(root)) {
      entries = tree.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException e) {
      return;
    }
    for (Path entry : entries) {
      Files.delete(entry);
    }
  }
}
