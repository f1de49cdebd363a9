package io.weft.cli;

import io.weft.cni.ControlAddress;
import io.weft.cni.ControlAnswer;
import io.weft.cni.ControlClient;
import io.weft.cni.PatientClient;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The router's control API as the commands use it, with failures turned into exit codes. */
final class Control {
  private static final int STATUS_NOT_FOUND = 404;
  private static final int STATUS_NOT_READY = 503;

  /** Our choice: a router answers within milliseconds, also while it starts. */
  private static final Duration PROBE_TIME_MAX = Duration.ofSeconds(2);

  private final ControlClient client;

  /** The router that the environment names. */
  Control(Console console) {
    this(console, null);
  }

  /** The router at {@code address}, or the one that the environment names when that is null. */
  Control(Console console, @Nullable String address) {
    try {
      client =
          new ControlClient(
              address == null
                  ? ControlAddress.of(console.environment())
                  : new ControlAddress(address));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.of(String.valueOf(e.getMessage()));
    }
  }

  /** The client itself, for what has a class of its own. */
  ControlClient client() {
    return client;
  }

  /** The client for requests that wait; tells the user why they do. */
  PatientClient patient(Console console, Optional<Duration> limit) {
    return new PatientClient(client, limit, reason -> console.err().println("waiting: " + reason));
  }

  /** Where the router is expected, for messages. */
  String address() {
    return client.address().toString();
  }

  /** Whether anything at all listens at the control address, be it one that never says a word. */
  boolean answers() {
    try {
      client.withTimeout(PROBE_TIME_MAX).probe();
      return true;
    } catch (IOException e) {
      // Nobody listens or takes the connection, there is no such socket, or no way to the address.
      return false;
    }
  }

  /** Whether the router says, and at once, that all its services are up. */
  boolean isReady() {
    try {
      return client.withTimeout(PROBE_TIME_MAX).request("GET", "/status").succeeded();
    } catch (IOException e) {
      return false;
    }
  }

  String get(String path) {
    return successful(exchange("GET", path, List.of()));
  }

  /** The same for a path that keeps its client waiting. */
  String get(String path, PatientClient patient) {
    return successful(exchange(() -> patient.request("GET", path)));
  }

  /** The status pages carry their text also while the router is not ready (features.md 1.6). */
  String status(String path) {
    ControlAnswer answer = exchange("GET", path, List.of());
    return answer.status() == STATUS_NOT_READY ? answer.body() : successful(answer);
  }

  String post(String path, List<Map.Entry<String, String>> form) {
    return successful(exchange("POST", path, form));
  }

  /** Posts to {@code path} and returns the answer, also that of a router that refuses. */
  ControlAnswer answerToPost(String path) {
    return exchange("POST", path, List.of());
  }

  String delete(String path) {
    return successful(exchange("DELETE", path, List.of()));
  }

  private ControlAnswer exchange(String method, String path, List<Map.Entry<String, String>> form) {
    return exchange(() -> client.request(method, path, form));
  }

  /** One request to the router. */
  private interface Exchange {
    ControlAnswer run() throws IOException;
  }

  private ControlAnswer exchange(Exchange exchange) {
    try {
      return exchange.run();
    } catch (ConnectException e) {
      throw notRunning();
    } catch (SocketException e) {
      // A unix socket that is not there, or one without a listener.
      throw client.address().text().startsWith("/")
          ? notRunning()
          : CommandFailure.of(client.address() + ": " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.of(client.address() + ": " + e.getMessage());
    }
  }

  /** Scripts look for Weave Net's own words. */
  CommandFailure notRunning() {
    return new CommandFailure(
        ExitCode.NOT_RUNNING,
        "weave container is not present: no router answers at %s. Have you launched it?"
            .formatted(client.address()));
  }

  /** The text of an answer; a failure of the command if the router refuses. */
  static String successful(ControlAnswer answer) {
    if (answer.succeeded()) {
      return answer.body();
    }
    String reason = answer.body().isBlank() ? "HTTP status " + answer.status() : answer.body();
    throw new CommandFailure(
        answer.status() == STATUS_NOT_FOUND ? ExitCode.NOT_FOUND : ExitCode.FAILURE,
        reason.strip());
  }
}
