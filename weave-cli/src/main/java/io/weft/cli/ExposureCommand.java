package io.weft.cli;

import io.weft.cni.ControlAnswer;
import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What expose and hide share: addresses of the bridge itself (features.md 1.2, overlay.md D.5). */
abstract sealed class ExposureCommand extends AddressCommand {
  /** What the allocator calls the bridge. */
  private static final String IDENTITY = "weave:expose";

  private static final int STATUS_FAILED = 500;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Parameters(
      arity = "0..*",
      paramLabel = "ADDRESS",
      description =
          "net:default if there is none: A.B.C.D/LEN for that address, net:A.B.C.D/LEN for any of"
              + " a subnet, net:default for any of the default subnet.")
  private List<String> arguments = List.of();

  ExposureCommand(Console console) {
    super(console);
  }

  abstract List<Ipv4Prefix> carryOut(
      Control control, AddressLedger ledger, List<AddressRequest> requests) throws IOException;

  @Override
  final List<Ipv4Prefix> carryOut(Control control) throws IOException {
    return carryOut(control, ledger(control, IDENTITY, false), AddressRequest.parseAll(arguments));
  }

  /** {@code weave expose [addr...]}. */
  @Command(name = "expose", description = "Give this host addresses in the network and print them.")
  static final class Expose extends ExposureCommand {
    @Option(
        names = "--without-masquerade",
        description = "Hosts outside see the containers' own addresses, and the other way round.")
    private boolean withoutMasquerade;

    @Option(
        names = {"-h"},
        paramLabel = "FQDN",
        description = "Name for the addresses; registered nowhere while there is no DNS.")
    private @Nullable String name;

    @SuppressWarnings("FieldCanBeFinal") // picocli sets it
    @Option(
        names = "--timeout",
        paramLabel = "DURATION",
        converter = WaitingTime.class,
        description = "Give up after this time without an address, such as 30s; 60s by default.")
    private Duration timeout = Duration.ofMinutes(1);

    Expose(Console console) {
      super(console);
    }

    @Override
    Optional<Duration> timeout() {
      return Optional.of(timeout);
    }

    @Override
    List<Ipv4Prefix> carryOut(Control control, AddressLedger ledger, List<AddressRequest> requests)
        throws IOException {
      List<Ipv4Prefix> exposed = new ArrayList<>();
      for (AddressRequest request : requests) {
        List<Ipv4Prefix> before = ledger.held(request);
        Ipv4Prefix address = ledger.obtain(request);
        ControlAnswer answer =
            control.answerToPost("/expose/" + address + (withoutMasquerade ? "?skipNAT=true" : ""));
        if (isRefused(answer) && !before.contains(address)) {
          ledger.release(address);
        }
        Control.successful(answer);
        exposed.add(address);
      }
      if (name != null) {
        // With DNS off Weave Net exposes, too, and registers no name.
        console.err().println("DNS is off: the name " + name + " is registered nowhere.");
      }
      return exposed;
    }
  }

  /** Whether the bridge is as before; after a failure the address may be there all the same. */
  private static boolean isRefused(ControlAnswer answer) {
    return !answer.succeeded() && answer.status() != STATUS_FAILED;
  }

  /** {@code weave hide [addr...]}. */
  @Command(name = "hide", description = "Take addresses from this host and print them.")
  static final class Hide extends ExposureCommand {
    Hide(Console console) {
      super(console);
    }

    /** The address goes from the bridge before anybody else may get it. */
    @Override
    List<Ipv4Prefix> carryOut(Control control, AddressLedger ledger, List<AddressRequest> requests)
        throws IOException {
      List<Ipv4Prefix> hidden = new ArrayList<>();
      for (Ipv4Prefix address : ledger.meant(requests)) {
        control.delete("/expose/" + address);
        ledger.release(address);
        hidden.add(address);
      }
      return hidden;
    }
  }
}
