package io.weft.cli.demo;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A host of the demonstration: a network namespace with an underlay address, a router once it is
 * launched, and containers.
 */
final class Host {
  private final String name;
  private final NetworkNamespace namespace;
  private final String underlayAddress;
  private final Settings settings;
  private final List<Container> containers = new ArrayList<>();
  private long routerPid;

  /**
   * What the router of a host is told.
   *
   * @param weave the weave command
   * @param peerName six bytes, so that routers on one machine do not derive the same name
   * @param nickname what the status shows
   * @param databasePrefix where it keeps its state
   * @param password the password of the mesh
   */
  record Settings(
      Path weave, String peerName, String nickname, Path databasePrefix, String password) {}

  /**
   * A container: a network namespace attached to a host's bridge.
   *
   * @param name its name in {@code ip netns}
   * @param namespace the namespace
   * @param address what the allocator gave it
   */
  record Container(String name, NetworkNamespace namespace, InetAddress address) {
    @Override
    public String toString() {
      return name.replaceFirst(".*-(host[0-9]+-)", "$1") + " (" + address.getHostAddress() + ")";
    }
  }

  Host(String name, NetworkNamespace namespace, String underlayAddress, Settings settings) {
    this.name = name;
    this.namespace = namespace;
    this.underlayAddress = underlayAddress;
    this.settings = settings;
  }

  String name() {
    return name;
  }

  String nickname() {
    return settings.nickname();
  }

  String underlayAddress() {
    return underlayAddress;
  }

  NetworkNamespace namespace() {
    return namespace;
  }

  List<Container> containers() {
    return containers;
  }

  long routerPid() {
    return routerPid;
  }

  /** Runs the weave command on this host. */
  Program.Result weave(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(settings.weave().toString()));
    command.addAll(List.of(arguments));
    return Program.run(namespace, Map.of("WEAVE_PASSWORD", settings.password()), command);
  }

  /** Runs the weave command and insists on success. */
  String mustWeave(String... arguments) throws IOException, DemoFailure {
    Program.Result result = weave(arguments);
    if (!result.succeeded()) {
      throw new DemoFailure(
          "weave " + String.join(" ", arguments) + " on " + nickname(),
          "exit code 0",
          result.toString());
    }
    return result.output();
  }

  /** Launches the router, which dials {@code peers}. */
  void launch(String... peers) throws IOException, DemoFailure {
    launch(settings.databasePrefix(), 3, List.of(peers));
  }

  /** Launches the router as the only one of a mesh of its own, with its state elsewhere. */
  void launchAlone(Path databasePrefix) throws IOException, DemoFailure {
    launch(databasePrefix, 1, List.of());
  }

  private void launch(Path databasePrefix, int clusterSize, List<String> peers)
      throws IOException, DemoFailure {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "launch",
                "--no-setup-cni",
                "--name",
                settings.peerName(),
                "--nickname",
                settings.nickname(),
                "--db-prefix",
                databasePrefix.toString(),
                "--ipalloc-init",
                "consensus=" + clusterSize));
    arguments.addAll(peers);
    String output = mustWeave(arguments.toArray(String[]::new));
    try {
      routerPid = Long.parseLong(output.strip());
    } catch (NumberFormatException e) {
      throw new DemoFailure("weave launch on " + nickname(), "the process id", output);
    }
  }

  /** Attaches a container, with whatever address the allocator gives. */
  Container attach(String containerName, NetworkNamespace container)
      throws IOException, DemoFailure {
    String output = mustWeave("attach", "netns:/run/netns/" + containerName).strip();
    if (!output.matches("[0-9.]+")) {
      throw new DemoFailure("weave attach of " + containerName, "one address", output);
    }
    Container attached = new Container(containerName, container, InetAddress.getByName(output));
    containers.add(attached);
    return attached;
  }

  /** Memory of the router that is in use right now, in bytes; 0 when it does not run. */
  long residentBytes() throws IOException {
    Path status = Path.of("/proc/" + routerPid + "/status");
    if (routerPid == 0 || !Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(0);
  }

  void stopRouter() throws IOException, DemoFailure {
    mustWeave("stop");
    routerPid = 0;
  }
}
