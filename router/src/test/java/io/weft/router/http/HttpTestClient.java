package io.weft.router.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A raw client, so that tests see and send exactly what is on the wire. */
final class HttpTestClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 30_000;

  private final Socket socket = new Socket();

  HttpTestClient(InetSocketAddress address) throws IOException {
    socket.connect(address, TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
  }

  /** Sends one request on a connection of its own and returns the whole answer. */
  static String exchange(InetSocketAddress address, String requestLine, String... headers)
      throws IOException {
    try (HttpTestClient client = new HttpTestClient(address)) {
      client.send(requestLine, "", headers);
      return client.readAll();
    }
  }

  /** Sends a form and returns the whole answer. */
  static String post(InetSocketAddress address, String path, String form) throws IOException {
    try (HttpTestClient client = new HttpTestClient(address)) {
      client.send(
          "POST " + path,
          form,
          "Content-Type: application/x-www-form-urlencoded",
          "Content-Length: " + form.length());
      return client.readAll();
    }
  }

  /** Sends a request that asks for the connection to be closed afterwards. */
  void send(String requestLine, String body, String... headers) throws IOException {
    StringBuilder text = new StringBuilder(requestLine + " HTTP/1.1\r\nHost: x\r\n");
    text.append("Connection: close\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    sendRaw(text.append("\r\n").append(body).toString());
  }

  void sendRaw(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  /** Goes away without a word: the server learns of it as a broken connection. */
  void abort() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Whether something has come by now. */
  boolean hasAnswer() throws IOException {
    return socket.getInputStream().available() > 0;
  }

  /** Everything until the server closes. */
  String readAll() throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    InputStream in = socket.getInputStream();
    in.transferTo(answer);
    return answer.toString(StandardCharsets.UTF_8);
  }

  /** Status and body of an answer: {@code 200 body}. */
  static String brief(String answer) {
    int end = answer.indexOf("\r\n\r\n");
    return answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length())
        + " "
        + answer.substring(end + 4);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
