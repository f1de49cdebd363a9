package io.weft.cli.demo;

import io.weft.linux.NetworkNamespace;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One connection to a router's control API that stays open, as that of a program which attaches
 * many containers. One thread at a time.
 */
final class ApiClient implements AutoCloseable {
  private static final int PORT = 6784;
  private static final int ANSWER_BYTES_MAX = 64 << 10;
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *([0-9]+)\r\n");

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

  /**
   * Sends a request without a body and returns the body of the answer.
   *
   * @throws IOException also when the router refuses it
   */
  String request(String method, String path) throws IOException {
    String text =
        "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".formatted(method, path);
    ByteBuffer request = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    while (request.hasRemaining()) {
      channel.write(request);
    }
    received.clear();
    while (true) {
      if (channel.read(received) < 0) {
        throw new EOFException("the router closed the connection");
      }
      String answer = new String(received.array(), 0, received.position(), StandardCharsets.UTF_8);
      int bodyStart = answer.indexOf("\r\n\r\n") + 4;
      if (bodyStart >= 4 && answer.length() - bodyStart >= length(answer)) {
        if (!answer.startsWith("HTTP/1.1 20")) {
          throw new IOException(method + " " + path + ": " + answer);
        }
        return answer.substring(bodyStart);
      }
    }
  }

  private static int length(String answer) {
    Matcher length = LENGTH.matcher(answer);
    return length.find() ? Integer.parseInt(length.group(1)) : 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
