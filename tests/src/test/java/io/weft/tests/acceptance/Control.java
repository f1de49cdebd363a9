package io.weft.tests.acceptance;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Requests to the control API of a host, made from inside its namespace. */
public final class Control {
  private static final String BASE = "http://127.0.0.1";
  private static final String PORT = ":6784";
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
  private static final int READ_TIMEOUT_MILLIS = 45_000;

  private final Namespace namespace;

  Control(Namespace namespace) {
    this.namespace = namespace;
  }

  /** What the router answered. */
  public record Answer(int status, String body) {
    /** The body of an answer that must be a success. */
    public String orFail() {
      if (status / 100 != 2) {
        throw new AssertionError("the control API answered " + this);
      }
      return body;
    }
  }

  public Answer get(String path) throws IOException {
    return request("GET", path, READ_TIMEOUT_MILLIS);
  }

  /** As {@link #get(String)}, with less patience. */
  Answer get(String path, Duration limit) throws IOException {
    return request("GET", path, Math.toIntExact(limit.toMillis()));
  }

  Answer post(String path) throws IOException {
    return request("POST", path, READ_TIMEOUT_MILLIS);
  }

  Answer put(String path) throws IOException {
    return request("PUT", path, READ_TIMEOUT_MILLIS);
  }

  Answer delete(String path) throws IOException {
    return request("DELETE", path, READ_TIMEOUT_MILLIS);
  }

  /** The value of a metric without labels, or of the sum over its labels. */
  public double metric(String name) throws IOException {
    return get("/metrics")
        .orFail()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /**
   * Any request, which asks for anything, unlike the others, which ask for JSON.
   *
   * @param path may begin with the port of another listener
   */
  Answer plain(String method, String path) throws IOException {
    return request(method, path, READ_TIMEOUT_MILLIS, "*/*");
  }

  private Answer request(String method, String path, int limitMillis) throws IOException {
    return request(method, path, limitMillis, "application/json");
  }

  private Answer request(String method, String path, int limitMillis, String accept)
      throws IOException {
    String url = BASE + (path.startsWith(":") ? "" : PORT) + path;
    try (NetworkNamespace entered = NetworkNamespace.ofName(namespace.name())) {
      return entered.run(() -> exchange(method, url, limitMillis, accept));
    }
  }

  /** One request on one connection: a kept one could lead into another host's namespace. */
  private static Answer exchange(String method, String url, int limitMillis, String accept)
      throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setRequestProperty("Connection", "close");
    connection.setRequestProperty("Accept", accept);
    connection.setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
    connection.setReadTimeout(limitMillis);
    try {
      int status = connection.getResponseCode();
      try (InputStream body =
          status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
        byte[] bytes = body == null ? new byte[0] : body.readAllBytes();
        return new Answer(status, new String(bytes, StandardCharsets.UTF_8));
      }
    } finally {
      connection.disconnect();
    }
  }
}
