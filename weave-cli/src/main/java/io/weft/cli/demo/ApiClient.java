package io.weft.cli.demo;

import io.weft.linux.NetworkNamespace;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a router's control API that stays open, as that of a program which attaches
 * many containers. One thread at a time.
 */
final class ApiClient implements AutoCloseable {
  private static final int PORT = 6784;
  private static final int ANSWER_BYTES_MAX = 64 << 10;
  private static final String HEADERS_END = "\r\n\r\n";

  /** As the router writes it; an answer without a body has none. */
  private static final String LENGTH = "\r\ncontent-length: ";

  private final SocketChannel channel;
  private final ByteBuffer received = ByteBuffer.allocate(ANSWER_BYTES_MAX);

  private ApiClient(SocketChannel channel) {
    this.channel = channel;
  }

  /** Connects to the router of a namespace. */
  static ApiClient open(NetworkNamespace namespace) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PORT);
    return new ApiClient(namespace.<SocketChannel, IOException>run(() -> connect(address)));
  }

  private static SocketChannel connect(InetSocketAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.connect(address);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** A request without a body, as {@link #send} takes it. */
  static byte[] encode(String method, String path) {
    return "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
        .formatted(method, path)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Lets one thread serve many connections.
   *
   * @param attachment what the key, which is selected when there is something to {@link #receive},
   *     is to hold
   */
  void register(Selector selector, Object attachment) throws IOException {
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, attachment);
  }

  /** Sends a request; the one before must have been answered. */
  void send(byte[] encoded) throws IOException {
    received.clear();
    ByteBuffer request = ByteBuffer.wrap(encoded);
    while (request.hasRemaining()) {
      channel.write(request);
    }
  }

  /**
   * Takes what has come of the answer, or waits for some of it unless registered.
   *
   * @return the body once it has come to its end; null before
   * @throws IOException also when the router refuses the request
   */
  @Nullable String receive() throws IOException {
    if (channel.read(received) < 0) {
      throw new EOFException("the router closed the connection");
    }
    String answer =
        new String(received.array(), 0, received.position(), StandardCharsets.ISO_8859_1);
    int headersEnd = answer.indexOf(HEADERS_END);
    if (headersEnd < 0) {
      return null;
    }
    int bodyStart = headersEnd + HEADERS_END.length();
    if (answer.length() - bodyStart < length(answer, headersEnd)) {
      return null;
    }
    if (!answer.startsWith("HTTP/1.1 20")) {
      throw new IOException("the router refuses: " + answer);
    }
    return answer.substring(bodyStart);
  }

  private static int length(String answer, int headersEnd) {
    int name = answer.indexOf(LENGTH);
    if (name < 0 || name > headersEnd) {
      return 0;
    }
    int start = name + LENGTH.length();
    return Integer.parseInt(answer, start, answer.indexOf('\r', start), 10);
  }

  /** Sends a request without a body and returns the body of the answer. */
  String request(String method, String path) throws IOException {
    send(encode(method, path));
    String body = receive();
    while (body == null) {
      body = receive();
    }
    return body;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
