package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A TCP connection between two containers, one of which sends. */
final class ContainerStream implements AutoCloseable {
  private static final int CONNECT_MILLIS = 30_000;
  private static final int TRANSFER_SECONDS = 60;

  private final Socket sender;
  private final Socket receiver;

  private ContainerStream(Socket sender, Socket receiver) {
    this.sender = sender;
    this.receiver = receiver;
  }

  /** Connects; routes may still be on their way. */
  static ContainerStream open(Container from, Container to) throws IOException {
    InetAddress address = InetAddress.ofLiteral(to.address());
    try (ServerSocket server = inside(to, () -> new ServerSocket(0, 1, address))) {
      InetSocketAddress target = new InetSocketAddress(address, server.getLocalPort());
      Socket sender =
          inside(
              from,
              () -> {
                Socket socket = new Socket();
                socket.connect(target, CONNECT_MILLIS);
                return socket;
              });
      server.setSoTimeout(CONNECT_MILLIS);
      return new ContainerStream(sender, server.accept());
    }
  }

  /** Makes something in a container's namespace, to which it then belongs. */
  private interface Making<T> {
    T make() throws IOException;
  }

  private static <T> T inside(Container container, Making<T> making) throws IOException {
    try (NetworkNamespace entered = NetworkNamespace.ofName(container.namespace().name())) {
      return entered.run(making::make);
    }
  }

  /** Sends so many bytes that follow from a seed; they must arrive unharmed. */
  void transfer(int bytes, long seed) throws Exception {
    byte[] sent = new byte[bytes];
    new Random(seed).nextBytes(sent);
    CompletableFuture<byte[]> arrived = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            arrived.complete(receiver.getInputStream().readNBytes(bytes));
          } catch (IOException e) {
            arrived.completeExceptionally(e);
          }
        });
    OutputStream out = sender.getOutputStream();
    out.write(sent);
    assertArrayEquals(
        sent, arrived.get(TRANSFER_SECONDS, TimeUnit.SECONDS), "bytes of seed " + seed);
  }

  /** Sends without end from now on; the count of bytes that have arrived grows. */
  Flow flow() {
    return new Flow(sender, receiver);
  }

  /** A flow of counted bytes that ends with its stream. */
  static final class Flow {
    private static final byte[] BLOCK = new byte[1_000];
    private static final long PAUSE_NANOS = 1_000_000;

    private final AtomicLong arrived = new AtomicLong();
    private volatile @Nullable IOException failure;

    private Flow(Socket sender, Socket receiver) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (true) {
                sender.getOutputStream().write(BLOCK);
                LockSupport.parkNanos(PAUSE_NANOS);
              }
            } catch (IOException e) {
              failure = e;
            }
          });
      Thread.ofVirtual()
          .start(() -> {
            byte[] buffer = new byte[BLOCK.length];
            try {
              for (int read = 0; read >= 0; read = receiver.getInputStream().read(buffer)) {
                arrived.addAndGet(read);
              }
            } catch (IOException e) {
              failure = e;
            }
          });
    }

    /** Bytes that have arrived so far, of a flow that has not broken. */
    long arrived() throws IOException {
      IOException broken = failure;
      if (broken != null) {
        throw broken;
      }
      return arrived.get();
    }
  }

  @Override
  public void close() throws IOException {
    sender.close();
    receiver.close();
  }
}
