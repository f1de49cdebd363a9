package io.weft.cni;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Speaks to the router's control API (features.md 1.8), one connection a request. Written on a
 * plain socket: commands and plugins live for a fraction of a second, which the JDK's HTTP client
 * needs for itself to start, and the API may be on a unix socket.
 *
 * <p>Requests wait as long as the router lets them wait, since an allocation blocks until there is
 * address space, unless {@link #withTimeout} sets a limit; interrupting the thread closes the
 * connection, and the router drops the request. May be used from any thread.
 */
public final class ControlClient {
  /** Our choice: the report of a thousand hosts is a tenth of this. */
  private static final int ANSWER_BYTES_MAX = 64 << 20;

  private static final int HEAD_BYTES_MAX = 16 << 10;
  private static final String LENGTH_HEADER = "content-length:";

  private final ControlAddress address;
  private final Optional<Duration> timeout;

  /** A client for the router at {@code address}; nothing is opened yet. */
  public ControlClient(ControlAddress address) {
    this(address, Optional.empty());
  }

  private ControlClient(ControlAddress address, Optional<Duration> timeout) {
    this.address = address;
    this.timeout = timeout;
  }

  /**
   * A client that gives each request at most this time, then throws {@link SocketTimeoutException}.
   */
  public ControlClient withTimeout(Duration limit) {
    return new ControlClient(address, Optional.of(limit));
  }

  /** Where the router is expected. */
  public ControlAddress address() {
    return address;
  }

  /** Requests {@code path} without a body. */
  public ControlAnswer request(String method, String path) throws IOException {
    return request(method, path, List.of());
  }

  /**
   * Requests {@code path} with the fields of a form.
   *
   * @param method GET, POST, PUT or DELETE
   * @param path an absolute path, already encoded where that is needed
   * @param form names and values; a name may occur more than once
   * @throws ConnectException if nothing listens there
   * @throws IOException if the connection breaks or the answer is no HTTP
   */
  public ControlAnswer request(String method, String path, List<Map.Entry<String, String>> form)
      throws IOException {
    return connected(channel -> {
      ByteBuffer request = ByteBuffer.wrap(encode(method, path, form));
      while (request.hasRemaining()) {
        channel.write(request);
      }
      return read(Channels.newInputStream(channel).readNBytes(ANSWER_BYTES_MAX));
    });
  }

  /**
   * Connects, and does nothing else.
   *
   * @throws ConnectException if nothing listens there
   */
  public void probe() throws IOException {
    connected(SocketChannel::isConnected);
  }

  /** What is done on a connection. */
  private interface Conversation<T> {
    T hold(SocketChannel channel) throws IOException;
  }

  private <T> T connected(Conversation<T> conversation) throws IOException {
    SocketAddress there = address.resolve();
    try (SocketChannel channel = ControlAddress.open(there)) {
      Optional<CompletableFuture<Void>> limit = timeout.map(time -> closeAfter(channel, time));
      try {
        channel.connect(there);
        return conversation.hold(channel);
      } catch (AsynchronousCloseException e) {
        // An interrupt closes the channel as well, and is not a matter of time.
        if (e instanceof ClosedByInterruptException || timeout.isEmpty()) {
          throw e;
        }
        SocketTimeoutException late =
            new SocketTimeoutException(
                "no answer within " + timeout.get().toMillis() + " ms from " + address);
        late.initCause(e);
        throw late;
      } finally {
        limit.ifPresent(pending -> pending.cancel(false));
      }
    }
  }

  private static CompletableFuture<Void> closeAfter(SocketChannel channel, Duration time) {
    Executor later =
        CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
    return CompletableFuture.runAsync(
        () -> {
          try {
            channel.close();
          } catch (IOException e) {
            // The request fails by itself then.
            throw new UncheckedIOException(e);
          }
        },
        later);
  }

  /** HTTP 1.0 asks for an answer that ends with the connection, in one piece. */
  private byte[] encode(String method, String path, List<Map.Entry<String, String>> form) {
    String body =
        form.stream()
            .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
            .collect(Collectors.joining("&"));
    // Weave Net offers these two only to who asks for exactly this type (ipam.md 8.3).
    String type = path.equals("/report") || path.equals("/name") ? "application/json" : "*/*";
    String head = method + " " + path + " HTTP/1.0\r\nHost: localhost\r\nAccept: " + type + "\r\n";
    if (!form.isEmpty()) {
      head += "Content-Type: application/x-www-form-urlencoded\r\n";
    }
    head += "Content-Length: " + body.length() + "\r\n\r\n";
    return (head + body).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A text as one part of a path, in which a blank is no plus. */
  public static String pathPart(String text) {
    return encode(text).replace("+", "%20");
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private ControlAnswer read(byte[] answer) throws IOException {
    int bodyStart = bodyStart(answer);
    List<String> head =
        new String(answer, 0, bodyStart, StandardCharsets.ISO_8859_1).lines().toList();
    // The status line reads "HTTP/1.1 200 OK".
    String[] statusLine = head.getFirst().split(" ", 3);
    if (!statusLine[0].startsWith("HTTP/1.")
        || statusLine.length < 2
        || !statusLine[1].matches("[1-5][0-9]{2}")) {
      throw new ProtocolException(address + " does not answer as a router: " + head.getFirst());
    }
    int available = answer.length - bodyStart;
    if (available < announcedLength(head, available)) {
      throw new EOFException(address + " closed the connection in the middle of its answer");
    }
    String body = new String(answer, bodyStart, available, StandardCharsets.UTF_8);
    return new ControlAnswer(Integer.parseInt(statusLine[1]), body);
  }

  private int bodyStart(byte[] answer) throws IOException {
    if (answer.length == 0) {
      throw new EOFException(address + " closed the connection without an answer");
    }
    for (int i = 0; i + 3 < Math.min(answer.length, HEAD_BYTES_MAX); i++) {
      if (answer[i] == '\r'
          && answer[i + 1] == '\n'
          && answer[i + 2] == '\r'
          && answer[i + 3] == '\n') {
        return i + 4;
      }
    }
    throw new ProtocolException(address + " does not answer as a router");
  }

  private static int announcedLength(List<String> head, int otherwise) throws IOException {
    for (String line : head) {
      if (line.regionMatches(true, 0, LENGTH_HEADER, 0, LENGTH_HEADER.length())) {
        String length = line.substring(LENGTH_HEADER.length()).strip();
        if (!length.matches("[0-9]{1,9}")) {
          throw new ProtocolException("not a length: " + length);
        }
        return Integer.parseInt(length);
      }
    }
    return otherwise;
  }
}
