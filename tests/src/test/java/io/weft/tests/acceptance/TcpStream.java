package io.weft.tests.acceptance;

import io.weft.linux.NetworkNamespace;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A TCP connection between two containers over which one sends numbers for the other to check. */
final class TcpStream implements AutoCloseable {
  private static final int PORT = 5_001;
  private static final int MEGABYTE = 1 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final ServerSocket listener;
  private final Socket sender;
  private final Socket receiver;
  private final AtomicLong received = new AtomicLong();
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
  private volatile boolean closing;

  private TcpStream(ServerSocket listener, Socket sender, Socket receiver) {
    this.listener = listener;
    this.sender = sender;
    this.receiver = receiver;
  }

  /** Connects and goes on sending until it is closed. */
  static TcpStream between(Container from, Container to) throws IOException {
    InetSocketAddress address = new InetSocketAddress(to.address(), PORT);
    ServerSocket listener =
        NetworkNamespace.ofPath(to.namespace().path())
            .run(() -> {
              ServerSocket socket = new ServerSocket();
              socket.setReuseAddress(true);
              socket.bind(address);
              return socket;
            });
    Socket sender =
        NetworkNamespace.ofPath(from.namespace().path())
            .run(() -> {
              Socket socket = new Socket();
              socket.connect(address, 20_000);
              return socket;
            });
    TcpStream stream = new TcpStream(listener, sender, listener.accept());
    stream.start("stream-send", stream::send);
    stream.start("stream-receive", stream::receive);
    return stream;
  }

  /** Bytes that have arrived, every one of them in its place. */
  long received() {
    String reason = failure.get();
    if (reason != null) {
      throw new AssertionError(reason);
    }
    return received.get();
  }

  /** Waits until more has arrived. */
  void awaitMore() throws Exception {
    long before = received();
    Await.until(
        "the stream goes on", LIMIT, this::received, received -> received > before + MEGABYTE);
  }

  @Override
  public void close() throws IOException {
    closing = true;
    sender.close();
    receiver.close();
    listener.close();
  }

  private void send() throws IOException {
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(sender.getOutputStream(), 1 << 16));
    for (long number = 0; !closing; number++) {
      out.writeLong(number);
    }
  }

  private void receive() throws IOException {
    DataInputStream in =
        new DataInputStream(new BufferedInputStream(receiver.getInputStream(), 1 << 16));
    for (long number = 0; !closing; number++) {
      long arrived = in.readLong();
      if (arrived != number) {
        throw new IOException("number " + arrived + " instead of " + number);
      }
      received.addAndGet(Long.BYTES);
    }
  }

  /** What a thread does. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private void start(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                if (!closing) {
                  failure.set(name + ": " + e.getMessage());
                }
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }
}
