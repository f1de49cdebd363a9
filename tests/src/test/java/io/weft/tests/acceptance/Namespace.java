package io.weft.tests.acceptance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A network namespace and what one does in it. */
public final class Namespace {
  private final String name;

  private Namespace(String name) {
    this.name = name;
  }

  /** Makes a namespace with its loopback up. */
  static Namespace create(String name) throws IOException {
    Command.run(List.of("ip", "netns", "add", name)).orFail();
    Namespace namespace = new Namespace(name);
    namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  public String name() {
    return name;
  }

  public Path path() {
    return Path.of("/run/netns", name);
  }

  /** Runs {@code ip} in it; must succeed. */
  public String ip(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments));
    return Command.run(command).orFail().out();
  }

  /** A command line that runs the given one inside. */
  public List<String> inside(List<String> command) {
    List<String> entered = new ArrayList<>(List.of("nsenter", "--net=" + path()));
    entered.addAll(command);
    return entered;
  }

  /** Runs a program inside. */
  public Command.Output run(String... command) throws IOException {
    return Command.run(inside(List.of(command)));
  }

  /** Runs a program inside with additions to its environment. */
  Command.Output run(List<String> command, Map<String, String> environment) throws IOException {
    return Command.run(inside(command), environment);
  }

  /** Bytes of frames that an interface inside has got. */
  public long receivedBytes(String link) throws IOException {
    return run("cat", "/proc/net/dev")
        .orFail()
        .out()
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith(link + ":"))
        .mapToLong(line -> Long.parseLong(line.split("\\s+", -1)[1]))
        .findFirst()
        .orElseThrow();
  }

  /** Processes that live in it. */
  List<Long> processes() throws IOException {
    return Command.run(List.of("ip", "netns", "pids", name))
        .out()
        .lines()
        .map(Long::valueOf)
        .toList();
  }

  /** Ends every process inside as a crash would. */
  void killAll() throws IOException {
    for (long pid : processes()) {
      ProcessHandle.of(pid)
          .ifPresent(process -> {
            process.destroyForcibly();
            process.onExit().join();
          });
    }
  }

  /** Removes it with everything inside. */
  void delete() throws IOException {
    killAll();
    Command.run(List.of("ip", "netns", "delete", name)).orFail();
  }
}
