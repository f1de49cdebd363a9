package io.weft.cli;

import io.weft.cni.AddressClient;
import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** A command that gives or takes addresses and prints them in one line. */
abstract sealed class AddressCommand extends HelpOption implements Callable<Integer>
    permits AttachmentCommand, ExposureCommand {
  final Console console;

  AddressCommand(Console console) {
    this.console = console;
  }

  /** How long to wait for an address; as long as it takes if not given. */
  Optional<Duration> timeout() {
    return Optional.empty();
  }

  /** Does the work and returns the addresses to print. */
  abstract List<Ipv4Prefix> carryOut(Control control) throws IOException;

  /** The addresses of whom the router's allocator calls so. */
  final AddressLedger ledger(Control control, String identity, boolean isContainer) {
    return new AddressLedger(
        new AddressClient(control.client(), control.patient(console, timeout()), isContainer),
        identity);
  }

  @Override
  public final Integer call() {
    Control control = new Control(console);
    try {
      console
          .out()
          .println(
              carryOut(control).stream()
                  .map(address -> address.address().toString())
                  .collect(Collectors.joining(" ")));
      return ExitCode.OK;
    } catch (ConnectException e) {
      throw control.notRunning();
    } catch (IOException | IllegalArgumentException e) {
      throw CommandFailure.of(String.valueOf(e.getMessage()));
    }
  }
}
