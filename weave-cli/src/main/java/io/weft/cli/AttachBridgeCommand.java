package io.weft.cli;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code weave attach-bridge [bridge]}: one Ethernet of another bridge and ours (features.md 1.2).
 */
@Command(
    name = "attach-bridge",
    description = {
      "Join another bridge of this host to the network by a cable.",
      "Addresses of what hangs on that bridge are not translated on the way."
    })
final class AttachBridgeCommand extends HelpOption implements Callable<Integer> {
  /** Followed by the number of the other bridge; reset knows the beginning. */
  private static final String NEAR_PREFIX = "vethwebl";

  private static final String FAR_PREFIX = "vethwebg";

  private final Console console;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Parameters(arity = "0..1", paramLabel = "BRIDGE", description = "The other bridge; docker0.")
  private String other = "docker0";

  AttachBridgeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Host.requireRootOnLinux("attach-bridge");
    String name = RunDirectory.ofThisNamespace(console.runRoot()).noted("bridge", Defaults.BRIDGE);
    try (Netlink netlink = Netlink.open()) {
      Link ours =
          netlink
              .links()
              .find(name)
              .orElseThrow(() ->
                  CommandFailure.of("weave bridge not found: " + name + ". Launch weave first."));
      Link theirs =
          netlink
              .links()
              .find(other)
              .filter(link -> link.kind().equals("bridge") && link.index() != ours.index())
              .orElseThrow(() -> CommandFailure.of("There is no other bridge " + other + "."));
      join(netlink, ours, theirs);
      for (Ipv4Prefix address : netlink.addresses().list(theirs.index())) {
        if (!Iptables.leaveUntranslated(address.network(), name)) {
          console
              .err()
              .println(
                  "iptables could not be told to leave addresses of " + address.network() + ".");
        }
      }
    }
    return ExitCode.OK;
  }

  /** Does nothing where the cable is there already. */
  private static void join(Netlink netlink, Link ours, Link theirs) throws IOException {
    String near = NEAR_PREFIX + theirs.index();
    String far = FAR_PREFIX + theirs.index();
    if (netlink.links().find(near).isEmpty()) {
      netlink.links().createVethPair(near, far, ours.mtuBytes());
    }
    try {
      plug(netlink, near, ours);
      plug(netlink, far, theirs);
    } catch (IOException | RuntimeException e) {
      netlink.links().delete(netlink.links().get(near).index());
      throw e;
    }
  }

  private static void plug(Netlink netlink, String end, Link bridge) throws IOException {
    Link link = netlink.links().get(end);
    if (link.masterIndex() != bridge.index()) {
      netlink.links().enslave(link.index(), bridge.index());
    }
    netlink.links().setUp(link.index());
  }
}
