package io.weft.cli;

import io.weft.cni.AttachmentSettings;
import io.weft.cni.ContainerAttachment;
import io.weft.cni.ContainerHosts;
import io.weft.cni.ContainerLookup;
import io.weft.cni.ContainerNamespace;
import io.weft.cni.DockerApi;
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
        "One container: netns:PATH, netns:NAME, the number of a process in it, the name that"
            + " Docker knows, or the id of any runtime.",
        "Addresses, net:default if there is none: A.B.C.D/LEN for that address,"
            + " net:A.B.C.D/LEN for any of a subnet, net:default for any of the default subnet."
      })
  List<String> arguments = List.of();

  AttachmentCommand(Console console) {
    super(console);
  }

  abstract String name();

  abstract AttachmentSettings settings();

  /** Looks at the options alone. */
  void checkOptions() {}

  /** Looks at what the options ask of the container, before anything is done. */
  void prepare(ContainerNamespace container) throws IOException {}

  abstract List<Ipv4Prefix> carryOut(
      ContainerAttachment attachment, AddressLedger ledger, List<AddressRequest> requests)
      throws IOException;

  /** Finds containers, also by Docker's names where there is Docker. */
  static ContainerLookup lookup(Console console) {
    String docker = console.variable("DOCKER_HOST");
    if (docker == null) {
      docker =
          RunDirectory.ofThisNamespace(console.runRoot()).noted("docker-api", DockerApi.DEFAULT);
    }
    return new ContainerLookup(docker);
  }

  @Override
  final List<Ipv4Prefix> carryOut(Control control) throws IOException {
    checkOptions();
    AttachmentArguments parsed = AttachmentArguments.parse(arguments);
    Host.requireRootOnLinux(name());
    RunDirectory directory = RunDirectory.ofThisNamespace(console.runRoot());
    AttachmentSettings settings = settings().withBridge(directory.noted("bridge", Defaults.BRIDGE));
    try (ContainerNamespace container = lookup(console).find(parsed.container())) {
      prepare(container);
      // The same for every way to name the container, and different for every two containers.
      long inode = container.namespace().inode();
      return carryOutAlone(
          directory,
          inode,
          new ContainerAttachment(container, settings),
          ledger(control, container.ident(), true),
          parsed.requests());
    }
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

    @Option(
        names = "--rewrite-hosts",
        description = "Let the container's own name mean the addresses, in its /etc/hosts.")
    private boolean rewriteHosts;

    @SuppressWarnings("FieldCanBeFinal") // picocli sets it
    @Option(
        names = "--add-host",
        paramLabel = "NAME:IP",
        description = "Add a name to the container's /etc/hosts; may be repeated.")
    private List<String> addedHosts = List.of();

    @SuppressWarnings("FieldCanBeFinal") // picocli sets it
    @Option(
        names = "--timeout",
        paramLabel = "DURATION",
        converter = WaitingTime.class,
        description = "Give up after this time without an address, such as 30s; 60s by default.")
    private Duration timeout = Duration.ofMinutes(1);

    private List<ContainerHosts.Entry> entries = List.of();
    private Optional<ContainerHosts> hosts = Optional.empty();

    Attach(Console console) {
      super(console);
    }

    @Override
    void checkOptions() {
      entries = addedHosts.stream().map(ContainerHosts.Entry::parse).toList();
    }

    @Override
    void prepare(ContainerNamespace container) throws IOException {
      hosts =
          rewriteHosts || !entries.isEmpty()
              ? Optional.of(ContainerHosts.of(container))
              : Optional.empty();
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
      List<Ipv4Prefix> added = List.of();
      try {
        for (AddressRequest request : requests) {
          obtained.add(ledger.obtain(request));
        }
        added = attachment.attach(obtained);
        if (hosts.isPresent()) {
          hosts.get().write(rewriteHosts ? attachment.addresses() : List.of(), entries);
        }
        return obtained;
      } catch (IOException | RuntimeException e) {
        List<Ipv4Prefix> present = added;
        // What stays in the container must not become somebody else's.
        if (present.isEmpty() || isUndone(() -> attachment.detach(present), e)) {
          obtained.removeAll(before);
          release(ledger, obtained, e);
        }
        throw e;
      }
    }

    /** One step back. */
    @FunctionalInterface
    interface Undoing {
      void undo() throws IOException;
    }

    /** The container is attached with its names or not at all, if that can be. */
    static boolean isUndone(Undoing step, Exception cause) {
      try {
        step.undo();
        return true;
      } catch (IOException | RuntimeException e) {
        cause.addSuppressed(e);
        return false;
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
