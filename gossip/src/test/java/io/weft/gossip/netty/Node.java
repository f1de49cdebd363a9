package io.weft.gossip.netty;

import io.weft.gossip.MeshLinkEvents;
import io.weft.gossip.wire.Handshaken;
import io.weft.gossip.wire.MeshConnectionParameters;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.MeshProtocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A transport on the loopback interface with a conductor that writes down what it is told. */
final class Node implements MeshLinkEvents, AutoCloseable {
  private static final long PATIENCE_NANOS = 30_000_000_000L;
  private static final long POLL_NANOS = 2_000_000L;

  final ExecutorService conductor = Executors.newSingleThreadExecutor();
  final NettyMeshTransport transport;
  final InetSocketAddress address;

  private final Map<Long, Handshaken> handshaken = new LinkedHashMap<>();
  private final Map<Long, List<MeshMessage>> messages = new LinkedHashMap<>();
  private final Map<Long, String> closed = new LinkedHashMap<>();
  private int writable;

  Node(@Nullable String password) throws IOException {
    this(password, AcceptLimits.DEFAULT);
  }

  Node(@Nullable String password, AcceptLimits limits) throws IOException {
    this(password, limits, LinkLimits.DEFAULT, InetAddress.getLoopbackAddress());
  }

  /** A node with limits that a test reaches. */
  static Node with(LinkLimits limits) throws IOException {
    return new Node(null, AcceptLimits.DEFAULT, limits, InetAddress.getLoopbackAddress());
  }

  /** A node on a given address. */
  static Node on(InetAddress address) throws IOException {
    return new Node(null, AcceptLimits.DEFAULT, LinkLimits.DEFAULT, address);
  }

  private Node(
      @Nullable String password, AcceptLimits limits, LinkLimits linkLimits, InetAddress host)
      throws IOException {
    Map<String, String> features = new LinkedHashMap<>();
    features.put(MeshProtocol.PEER_NAME_FLAVOUR, MeshProtocol.MAC_FLAVOUR);
    features.put(MeshProtocol.NAME, "02:00:00:00:00:01");
    features.put(MeshProtocol.NICK_NAME, "node");
    features.put(MeshProtocol.UID, "1");
    byte[] secret = password == null ? null : password.getBytes(StandardCharsets.UTF_8);
    MeshConnectionParameters connection =
        new MeshConnectionParameters(1, 2, secret, remote -> features);
    transport =
        new NettyMeshTransport(
            new MeshTransportParameters(host, 0, connection, limits),
            linkLimits,
            conductor,
            new SecureRandom());
    address = transport.start(this);
  }

  @Override
  public synchronized void onHandshaken(long link, Handshaken result) {
    handshaken.put(link, result);
  }

  @Override
  public synchronized void onMessage(long link, MeshMessage message) {
    messages.computeIfAbsent(link, key -> new ArrayList<>()).add(message);
  }

  @Override
  public synchronized void onWritable(long link) {
    writable++;
  }

  @Override
  public synchronized void onClosed(long link, String reason) {
    closed.put(link, reason);
  }

  synchronized @Nullable Handshaken handshaken(long link) {
    return handshaken.get(link);
  }

  /** The links that completed their handshake, in that order. */
  synchronized List<Long> links() {
    return List.copyOf(handshaken.keySet());
  }

  synchronized List<MeshMessage> messages(long link) {
    return List.copyOf(messages.getOrDefault(link, List.of()));
  }

  synchronized int messageCount(long link) {
    return messages.getOrDefault(link, List.of()).size();
  }

  synchronized @Nullable String closed(long link) {
    return closed.get(link);
  }

  synchronized int writableCount() {
    return writable;
  }

  long dial(InetSocketAddress target) {
    return transport.dial(target);
  }

  /** Keeps the conductor busy until the latch is released. */
  void block(CountDownLatch latch) {
    conductor.execute(() -> {
      try {
        if (!latch.await(PATIENCE_NANOS, TimeUnit.NANOSECONDS)) {
          throw new IllegalStateException("nobody released the conductor");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }

  /** Waits for a condition. */
  static void await(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > PATIENCE_NANOS) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  @Override
  public void close() {
    transport.close();
    conductor.shutdown();
  }
}
