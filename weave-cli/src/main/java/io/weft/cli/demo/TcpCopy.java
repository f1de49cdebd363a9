package io.weft.cli.demo;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Copies random bytes from one network namespace to another over one TCP connection. */
final class TcpCopy {
  private static final int BLOCK_BYTES = 1 << 20;
  private static final int READ_BYTES = 1 << 16;
  private static final int CONNECT_MILLIS_MAX = 10_000;
  private static final int SILENCE_MILLIS_MAX = 20_000;
  private static final long SECONDS_MAX = 180;

  private final NetworkNamespace from;
  private final NetworkNamespace to;
  private final InetAddress receiverAddress;

  TcpCopy(NetworkNamespace from, NetworkNamespace to, InetAddress receiverAddress) {
    this.from = from;
    this.to = to;
    this.receiverAddress = receiverAddress;
  }

  /**
   * What came of a copy.
   *
   * @param bytes how many bytes were sent
   * @param nanos from the first byte sent until the receiver had the last one
   * @param sentSha256 digest of what was sent
   * @param receivedSha256 digest of what arrived
   */
  record Result(long bytes, long nanos, String sentSha256, String receivedSha256) {
    private static final double BITS_PER_BYTE = 8;
    private static final double NANOS_PER_MICRO = 1e3;

    double megabitsPerSecond() {
      return bytes * BITS_PER_BYTE / (nanos / NANOS_PER_MICRO);
    }
  }

  /**
   * Copies {@code blocks} times one MiB drawn from {@code random}. What is sent is prepared before
   * the clock starts, so that the rate is that of the network.
   */
  Result run(int blocks, RandomGenerator random) throws IOException {
    byte[] block = new byte[BLOCK_BYTES];
    random.nextBytes(block);
    MessageDigest sent = sha256();
    for (int i = 0; i < blocks; i++) {
      sent.update(block);
    }
    try (ServerSocket listener = to.<ServerSocket, IOException>run(this::listen)) {
      CompletableFuture<String> received = new CompletableFuture<>();
      Thread.ofPlatform().daemon().name("copy-receiver").start(() -> receive(listener, received));
      long startNanos = System.nanoTime();
      from.<Integer, IOException>run(() -> send(listener.getLocalPort(), block, blocks, received));
      String arrived = await(received);
      return new Result(
          (long) blocks * BLOCK_BYTES,
          System.nanoTime() - startNanos,
          HexFormat.of().formatHex(sent.digest()),
          arrived);
    }
  }

  private ServerSocket listen() throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.setSoTimeout(SILENCE_MILLIS_MAX);
    listener.bind(new InetSocketAddress(receiverAddress, 0));
    return listener;
  }

  private int send(int port, byte[] block, int blocks, CompletableFuture<String> received)
      throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(receiverAddress, port), CONNECT_MILLIS_MAX);
      // A receiver that gave up must not leave the sender waiting for room in the window.
      CompletableFuture<String> watch =
          received.whenComplete((digest, failure) -> closeAfterFailure(socket, failure));
      OutputStream out = socket.getOutputStream();
      for (int i = 0; i < blocks; i++) {
        out.write(block);
      }
      watch.cancel(false);
    }
    return blocks;
  }

  private static void closeAfterFailure(Socket socket, @Nullable Throwable failure) {
    if (failure != null) {
      try {
        socket.close();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }

  private static void receive(ServerSocket listener, CompletableFuture<String> received) {
    MessageDigest digest = sha256();
    byte[] chunk = new byte[READ_BYTES];
    try (Socket socket = listener.accept()) {
      socket.setSoTimeout(SILENCE_MILLIS_MAX);
      InputStream in = socket.getInputStream();
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        digest.update(chunk, 0, length);
      }
      received.complete(HexFormat.of().formatHex(digest.digest()));
    } catch (IOException e) {
      received.completeExceptionally(e);
    }
  }

  private static String await(CompletableFuture<String> received) throws IOException {
    try {
      return received.get(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the receiver did not get everything: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted during the copy", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
