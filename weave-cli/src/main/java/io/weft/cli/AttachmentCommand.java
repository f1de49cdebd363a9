package io.weft.cli;

import io.weft.cni.AttachmentSettings;
import io.weft.cni.ContainerAttachment;
import io.weft.cni.ContainerNamespace;
import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What attach and detach share: their arguments, and how they find the container. */
abstract sealed class AttachmentCommand extends AddressCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "ADDRESS|CONTAINER",
      description = {
        "One container: netns:PATH, netns:NAME or the number of a process in it.",
        "Addresses, net:default if there is none: A.B.C.D/LEN for that address,"
            + " net:A.B.C.D/LEN for any of a subnet, net:default for any of the default subnet."
      })
  List<String> arguments = List.of();

  AttachmentCommand(Console console) {
    super(console);
  }

  abstract String name();

  /** Refuses what is not supported. */
  void checkOptions() {}

  abstract AttachmentSettings settings();

  abstract List<Ipv4Prefix> carryOut(
      ContainerAttachment attachment, AddressLedger ledger, List<AddressRequest> requests)
      throws IOException;

  @Override
  final List<Ipv4Prefix> carryOut(Control control) throws IOException {
    checkOptions();
    AttachmentArguments parsed = AttachmentArguments.parse(arguments);
    Host.requireRootOnLinux(name());
    RunDirectory directory = RunDirectory.ofThisNamespace(console.runRoot());
    AttachmentSettings settings = settings().withBridge(directory.noted("bridge", Defaults.BRIDGE));
    try (ContainerNamespace container = ContainerNamespace.open(parsed.container())) {
      // The same for every way to name the container, and different for every two containers.
      long inode = container.namespace().inode();
      return carryOutAlone(
          directory,
          inode,
          new ContainerAttachment(container, settings),
          ledger(control, identOf(container)),
          parsed.requests());
    }
  }

  /** What the allocator calls a container that is known only by its namespace. */
  static String identOf(ContainerNamespace container) {
    return "netns-" + container.namespace().inode();
  }

  /**
   * One command at a time for a container: two that attach it get the same address, and the one
   * that fails would give back what the other has put into the container.
   */
  private List<Ipv4Prefix> carryOutAlone(
      RunDirectory directory,
      long inode,
      ContainerAttachment attachment,
      AddressLedger ledger,
      List<AddressRequest> requests)
      throws IOException {
    directory.create();
    try (FileChannel _ = directory.lockAttachment(inode)) {
      return carryOut(attachment, ledger, requests);
    }
  }

  /** {@code weave attach [addr...] CONTAINER}. */
  @Command(
      name = "attach",
      description = "Put an interface with addresses into a running container and print them.")
  static final class Attach extends AttachmentCommand {
    @Option(names = "--no-multicast-route", description = "Add no route for multicast.")
    private boolean noMulticastRoute;

    @Option(names = "--without-dns", description = "Register no name; there is no DNS yet.")
    @SuppressWarnings("UnusedVariable") // asks for what holds anyway
    private boolean withoutDns;

    @Option(names = "--rewrite-hosts", hidden = true, description = "Refused.")
    private boolean rewriteHosts;

    @SuppressWarnings("FieldCanBeFinal") // picocli sets it
    @Option(names = "--add-host", hidden = true, description = "Refused.")
    private List<String> addedHosts = List.of();

    @SuppressWarnings("FieldCanBeFinal") // picocli sets it
    @Option(
        names = "--timeout",
        paramLabel = "DURATION",
        converter = WaitingTime.class,
        description = "Give up after this time without an address, such as 30s; 60s by default.")
    private Duration timeout = Duration.ofMinutes(1);

    Attach(Console console) {
      super(console);
    }

    @Override
    void checkOptions() {
      if (rewriteHosts || !addedHosts.isEmpty()) {
        throw CommandFailure.of(
            "weave attach --rewrite-hosts and --add-host are not supported: the file /etc/hosts"
                + " of a container is left to its runtime.");
      }
    }

    @Override
    String name() {
      return "attach";
    }

    @Override
    AttachmentSettings settings() {
      return AttachmentSettings.defaults().withMulticastRoute(!noMulticastRoute);
    }

    @Override
    Optional<Duration> timeout() {
      return Optional.of(timeout);
    }

    @Override
    List<Ipv4Prefix> carryOut(
        ContainerAttachment attachment, AddressLedger ledger, List<AddressRequest> requests)
        throws IOException {
      List<Ipv4Prefix> before = new ArrayList<>();
      for (AddressRequest request : requests) {
        before.addAll(ledger.held(request));
      }
      List<Ipv4Prefix> obtained = new ArrayList<>();
      try {
        for (AddressRequest request : requests) {
          obtained.add(ledger.obtain(request));
        }
        attachment.attach(obtained);
        return obtained;
      } catch (IOException | RuntimeException e) {
        obtained.removeAll(before);
        release(ledger, obtained, e);
        throw e;
      }
    }

    private static void release(AddressLedger ledger, List<Ipv4Prefix> addresses, Exception cause) {
      for (Ipv4Prefix address : addresses) {
        try {
          ledger.release(address);
        } catch (IOException e) {
          cause.addSuppressed(e);
        }
      }
    }
  }

  /** {@code weave detach [addr...] CONTAINER}. */
  @Command(
      name = "detach",
      description = "Take addresses from a container, with the last one its interface.")
  static final class Detach extends AttachmentCommand {
    Detach(Console console) {
      super(console);
    }

    @Override
    String name() {
      return "detach";
    }

    @Override
    AttachmentSettings settings() {
      return AttachmentSettings.defaults();
    }

    /** The address goes from the container before anybody else may get it. */
    @Override
    List<Ipv4Prefix> carryOut(
        ContainerAttachment attachment, AddressLedger ledger, List<AddressRequest> requests)
        throws IOException {
      List<Ipv4Prefix> meant = ledger.meant(requests);
      List<Ipv4Prefix> removed = attachment.detach(meant);
      for (Ipv4Prefix address : meant) {
        ledger.release(address);
      }
      return removed;
    }
  }
}
