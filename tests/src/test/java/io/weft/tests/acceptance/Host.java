package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A host on the underlay, on which people type {@code weave}. */
public final class Host {
  /** How a connection's line of status begins after its state, and how it ends. */
  private static final Pattern PATH =
      Pattern.compile(
          " established +(?:\\w+crypted +)?(sleeve2?|fastdp) +\\S+(?:[^\n]* reason=(\\S+))?");

  private final Underlay underlay;
  private final Namespace namespace;
  private final String label;
  private final String address;
  private final String peerName;
  private final Path folder;
  private final Path runtime;
  private int containers;

  Host(
      Underlay underlay, Namespace namespace, String label, String address, int number, Path folder)
      throws IOException {
    this.underlay = underlay;
    this.namespace = namespace;
    this.label = label;
    this.address = address;
    this.peerName = "0a:00:00:00:00:%02x".formatted(number);
    this.folder = Files.createDirectories(folder);
    this.runtime =
        Path.of("/run/weave", Files.getAttribute(namespace.path(), "unix:ino").toString());
  }

  public Namespace namespace() {
    return namespace;
  }

  public String label() {
    return label;
  }

  /** Its address on the wire. */
  String address() {
    return address;
  }

  String peerName() {
    return peerName;
  }

  /** Starts the router with its state in our folder; must succeed. Returns what that prints. */
  String launch(String... arguments) throws IOException {
    return launch(Map.of(), arguments);
  }

  /** The same with additions to its environment. */
  public String launch(Map<String, String> environment, String... arguments) throws IOException {
    return weave(environment, launchCommand(arguments)).orFail().out();
  }

  /** The same by the command of another distribution. */
  String launchBy(Path weave, String... arguments) throws IOException {
    return launchBy(List.of(weave.toString()), arguments);
  }

  /** The same by a program in front, which gives or takes what the router has. */
  String launchBy(List<String> weave, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(weave);
    command.addAll(launchCommand(arguments));
    return namespace.run(command, Map.of()).orFail().out();
  }

  private List<String> launchCommand(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "launch",
                "--no-setup-cni",
                "--name",
                peerName,
                "--nickname",
                label,
                "--db-prefix",
                statePrefix()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Starts a router on each host with these flags and the addresses of the hosts before it. */
  static void launchAll(List<String> flags, Host... hosts) throws IOException {
    List<String> arguments = new ArrayList<>(flags);
    for (Host host : hosts) {
      host.launch(arguments.toArray(String[]::new));
      arguments.add(host.address());
    }
  }

  /** What {@code --db-prefix} says. */
  String statePrefix() {
    return folder.resolve("weave").toString();
  }

  /** What its router has printed. */
  Path log() {
    return runtime.resolve("router.log");
  }

  /** Runs {@code weave}; must succeed. */
  String weave(String... arguments) throws IOException {
    return weave(Map.of(), List.of(arguments)).orFail().out();
  }

  /** Runs {@code weave}, whatever comes of it. */
  Command.Output weave(Map<String, String> environment, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Prerequisites.weave().toString()));
    command.addAll(arguments);
    return namespace.run(command, environment);
  }

  /** The kernel removes the links of a namespace that has ended a little later. */
  void awaitWithoutLink(String name) throws Exception {
    Await.until(
        name + " is gone",
        Duration.ofSeconds(20),
        () -> namespace.ip("-o", "link"),
        links -> !links.contains(" " + name + "@"));
  }

  /** Attaches a new container with an address from the allocator. */
  public Container attach() throws IOException {
    containers++;
    Namespace container = underlay.namespace(label + containers);
    String printed = weave("attach", "netns:" + container.path()).strip();
    assertFalse(printed.isEmpty(), "attach prints the address");
    return new Container(container, printed.replaceFirst("[/ ].*", ""));
  }

  /** The control API from inside. */
  public Control control() {
    return new Control(namespace);
  }

  /** The only process here whose command line names the router. */
  public ProcessHandle router() throws IOException {
    for (long pid : namespace.processes()) {
      if (Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
          .contains("RouterMain")) {
        return ProcessHandle.of(pid).orElseThrow();
      }
    }
    throw new AssertionError("no router runs on host " + label);
  }

  /** Ends the router as a crash would. */
  void crash() throws IOException {
    ProcessHandle router = router();
    router.destroyForcibly();
    router.onExit().join();
  }

  /** Removes everything that a crashed router has stored. */
  void loseState() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  /** Waits until {@code status connections} holds so many lines in this state. */
  public void awaitConnections(String state, int count) throws Exception {
    awaitConnections(state, count, Duration.ofSeconds(45));
  }

  /** Waits so long at most. */
  void awaitConnections(String state, int count, Duration limit) throws Exception {
    Await.until(
        "host %s has %d connections %s".formatted(label, count, state),
        limit,
        () -> control().get("/status/connections").body(),
        text -> text.lines().filter(line -> line.contains(" " + state + " ")).count() == count);
  }

  /** Has the packet filter of its namespace take a rule. */
  void nft(String rule) throws IOException {
    namespace.run("nft", rule).orFail();
  }

  /** Waits until the status of each host shows a text. */
  static void awaitStatus(String text, Host... hosts) throws Exception {
    for (Host host : hosts) {
      Await.until(
          "host " + host.label() + " shows " + text,
          Duration.ofMinutes(2),
          () -> host.control().get("/status").body(),
          status -> status.contains(text));
    }
  }

  /** Waits until so many connections use an overlay. */
  void awaitOverlay(String overlay, int count) throws Exception {
    Await.until(
        "host %s has %d connections by %s".formatted(label, count, overlay),
        Duration.ofSeconds(75),
        () -> control().get("/status/connections").body(),
        text ->
            text.lines()
                    .filter(line -> line.contains(" established "))
                    .filter(line -> line.contains(" " + overlay + " "))
                    .count()
                == count);
  }

  /**
   * Waits until these are the paths of all connections: each an overlay and, behind a blank, the
   * reason why it is not a better one, if there is a reason.
   */
  void awaitPaths(String... paths) throws Exception {
    List<String> expected = Stream.of(paths).sorted().toList();
    Await.until(
        "host %s has connections by %s".formatted(label, expected),
        Duration.ofSeconds(75),
        () -> control().get("/status/connections").body(),
        text ->
            PATH.matcher(text)
                .results()
                .map(path ->
                    path.group(2) == null ? path.group(1) : path.group(1) + " " + path.group(2))
                .sorted()
                .toList()
                .equals(expected));
  }

  /** Ends everything here and removes what the router left outside the namespace. */
  void discard() throws IOException {
    namespace.killAll();
    Underlay.deleteTree(runtime);
  }
}
