package io.weft.tests.acceptance;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A TCP service in a container: it answers each connection with its name and the address that it
 * sees the caller at.
 */
final class Greeting implements AutoCloseable {
  private static final int CONNECT_TIMEOUT_MILLIS = 1_000;
  private static final int READ_TIMEOUT_MILLIS = 5_000;

  private final ServerSocket listener;
  private final String name;

  private Greeting(ServerSocket listener, String name) {
    this.listener = listener;
    this.name = name;
  }

  /** Begins to answer on a port of every address of a namespace. */
  static Greeting in(Namespace namespace, int port, String name) throws IOException {
    try (NetworkNamespace entered = NetworkNamespace.ofName(namespace.name())) {
      Greeting greeting =
          new Greeting(
              entered.run(() -> {
                ServerSocket socket = new ServerSocket();
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(port));
                return socket;
              }),
              name);
      Thread.ofPlatform().daemon().name("greeting-" + name).start(greeting::answer);
      return greeting;
    }
  }

  private void answer() {
    while (!listener.isClosed()) {
      try (Socket caller = listener.accept();
          OutputStream out = caller.getOutputStream()) {
        String text = name + " sees " + caller.getInetAddress().getHostAddress();
        out.write(text.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // The caller has gone, or the service was closed: the loop tells these apart.
        Thread.onSpinWait();
      }
    }
  }

  /** What is answered to a caller in a namespace; empty when nothing answers there. */
  static String ask(Namespace from, String address, int port) throws IOException {
    try (NetworkNamespace entered = NetworkNamespace.ofName(from.name())) {
      return entered.run(() -> {
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(address, port), CONNECT_TIMEOUT_MILLIS);
          socket.setSoTimeout(READ_TIMEOUT_MILLIS);
          return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
          return "";
        }
      });
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
