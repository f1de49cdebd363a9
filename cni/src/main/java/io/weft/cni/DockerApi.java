package io.weft.cni;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The API of a Docker daemon, as far as containers need it: which process is behind a name. Any
 * thread.
 */
public final class DockerApi {
  /** Where the daemon listens unless it was told otherwise (features.md 1.4). */
  public static final String DEFAULT = "unix:///var/run/docker.sock";

  private static final String UNIX = "unix://";
  private static final String TCP = "tcp://";
  private static final String ID = "[0-9a-f]{64}";
  private static final int STATUS_NOT_FOUND = 404;

  /** Our choice: a daemon answers within milliseconds. */
  private static final Duration TIME_MAX = Duration.ofSeconds(10);

  private final ControlClient client;

  private DockerApi(ControlClient client) {
    this.client = client;
  }

  /**
   * A container.
   *
   * @param id 64 hexadecimal digits
   * @param process its first process; 0 when it does not run
   */
  public record Container(String id, long process) {
    /** Whether it runs. */
    public boolean isRunning() {
      return process > 0;
    }
  }

  /**
   * The daemon at an address; nothing is opened yet.
   *
   * @param url {@code unix:///PATH} or {@code tcp://HOST:PORT}
   * @throws IllegalArgumentException for anything else
   */
  public static DockerApi at(String url) {
    String place =
        url.startsWith(UNIX + "/")
            ? url.substring(UNIX.length())
            : url.startsWith(TCP) ? url.substring(TCP.length()) : "";
    if (place.isEmpty()) {
      throw new IllegalArgumentException(
          "not an address of Docker: " + url + " (expected unix:///PATH or tcp://HOST:PORT)");
    }
    return new DockerApi(new ControlClient(new ControlAddress(place)).withTimeout(TIME_MAX));
  }

  /**
   * The container with a name, an id or the beginning of one.
   *
   * @return nothing if Docker knows none
   * @throws IOException if there is no daemon, or it answers something else
   */
  public Optional<Container> find(String name) throws IOException {
    String path = "/containers/" + URLEncoder.encode(name, StandardCharsets.UTF_8) + "/json";
    ControlAnswer answer = client.request("GET", path);
    if (answer.status() == STATUS_NOT_FOUND) {
      return Optional.empty();
    }
    if (!answer.succeeded()) {
      throw new IOException(
          "Docker says %d of the container %s: %s"
              .formatted(answer.status(), name, answer.body().strip()));
    }
    Object document = Json.parse(answer.body().getBytes(StandardCharsets.UTF_8));
    if (!(field(document, "Id") instanceof String id) || !id.matches(ID)) {
      throw new IOException("Docker's answer about the container " + name + " has no id");
    }
    Object running = field(field(document, "State"), "Running");
    Object process = field(field(document, "State"), "Pid");
    boolean isRunning = Boolean.TRUE.equals(running) && process instanceof Number;
    return Optional.of(
        new Container(id, isRunning && process instanceof Number number ? number.longValue() : 0));
  }

  private static @Nullable Object field(@Nullable Object object, String name) {
    return object instanceof Map<?, ?> fields ? fields.get(name) : null;
  }
}
