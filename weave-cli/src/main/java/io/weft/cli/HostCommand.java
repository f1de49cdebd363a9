package io.weft.cli;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The commands that only look at the interfaces of this host (features.md 1.2). */
abstract sealed class HostCommand extends HelpOption implements Callable<Integer> {
  final Console console;

  HostCommand(Console console) {
    this.console = console;
  }

  /** The one line to print. */
  abstract String look(Netlink netlink) throws IOException;

  @Override
  public Integer call() throws IOException {
    try (Netlink netlink = Netlink.open()) {
      console.out().println(look(netlink));
    }
    return ExitCode.OK;
  }

  private static Optional<Link> named(Netlink netlink, String name) throws IOException {
    return netlink.links().list().stream().filter(link -> link.name().equals(name)).findFirst();
  }

  /** {@code weave bridge-type}: whether the kernel forwards, too. */
  @Command(
      name = "bridge-type",
      description = "Print what carries frames: bridge, or bridged_fastdp with the kernel's help.")
  static final class BridgeType extends HostCommand {
    BridgeType(Console console) {
      super(console);
    }

    @Override
    String look(Netlink netlink) throws IOException {
      String bridge =
          RunDirectory.ofThisNamespace(console.runRoot()).noted("bridge", Defaults.BRIDGE);
      if (named(netlink, bridge).isEmpty()) {
        throw CommandFailure.of("weave bridge not found: " + bridge + ". Launch weave first.");
      }
      return netlink.links().list().stream().anyMatch(Defaults::isOfTheKernelOverlay)
          ? "bridged_fastdp"
          : "bridge";
    }
  }

  /** {@code weave docker-bridge-ip}. */
  @Command(
      name = "docker-bridge-ip",
      description = "Print the IPv4 address of docker0, or of the bridge in DOCKER_BRIDGE.")
  static final class DockerBridgeIp extends HostCommand {
    DockerBridgeIp(Console console) {
      super(console);
    }

    @Override
    String look(Netlink netlink) throws IOException {
      String name = Objects.requireNonNullElse(console.variable("DOCKER_BRIDGE"), "docker0");
      Link bridge =
          named(netlink, name)
              .orElseThrow(() -> CommandFailure.of("There is no bridge " + name + "."));
      List<Ipv4Prefix> addresses = netlink.addresses().list(bridge.index());
      if (addresses.isEmpty()) {
        throw CommandFailure.of("The bridge " + name + " has no IPv4 address.");
      }
      return addresses.getFirst().address().toString();
    }
  }
}
