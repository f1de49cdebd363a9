package io.weft.gossip.wire;

import io.weft.gossip.EventTime;
import io.weft.gossip.TestVectors;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One end of a link under test: a {@link MeshConnection} and everything it wanted done. */
final class LinkEnd {
  final EventTime time = new EventTime(1_000_000_000_000L, 1_700_000_000_000L);
  final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  final List<MeshMessage> messages = new ArrayList<>();
  final MeshConnection connection;
  @Nullable Handshaken handshaken;
  @Nullable String closeReason;

  LinkEnd(MeshConnectionParameters parameters, boolean outbound, RandomGenerator random) {
    InetSocketAddress dialler = new InetSocketAddress("10.99.0.2", 45295);
    InetSocketAddress acceptor = new InetSocketAddress("10.99.0.1", 6783);
    connection =
        new MeshConnection(
            parameters,
            outbound,
            outbound ? dialler : acceptor,
            outbound ? acceptor : dialler,
            time,
            random,
            this::take);
  }

  private void take(MeshAction action) {
    if (closeReason != null) {
      throw new IllegalStateException("action after close: " + action);
    }
    switch (action) {
      case MeshAction.Send a -> sent.writeBytes(a.bytes());
      case MeshAction.Established a -> handshaken = a.handshaken();
      case MeshAction.Deliver a -> messages.add(a.message());
      case MeshAction.Close a -> closeReason = a.reason();
    }
  }

  /** Hands in bytes in pieces of at most the given size, then starts reading once possible. */
  void receive(byte[] bytes, int pieceSize) {
    for (int start = 0; start < bytes.length; start += pieceSize) {
      connection.onBytes(ByteBuffer.wrap(bytes, start, Math.min(pieceSize, bytes.length - start)));
      connection.startReading();
    }
  }

  /** What was sent since the last call. */
  byte[] takeSent() {
    byte[] bytes = sent.toByteArray();
    sent.reset();
    return bytes;
  }

  void advanceSeconds(long seconds) {
    time.advanceTo(time.nanos() + seconds * 1_000_000_000L, time.unixMillis() + seconds * 1000);
    connection.onTime();
  }

  /** Lets two ends talk until neither has anything to say. */
  static void exchange(LinkEnd one, LinkEnd other) {
    boolean busy = true;
    while (busy) {
      byte[] fromOne = one.takeSent();
      byte[] fromOther = other.takeSent();
      busy = fromOne.length + fromOther.length > 0;
      other.receive(fromOne, Integer.MAX_VALUE / 2);
      one.receive(fromOther, Integer.MAX_VALUE / 2);
    }
  }

  static MeshConnectionParameters parameters(
      int minVersion, int maxVersion, @Nullable String password, Map<String, String> features) {
    return new MeshConnectionParameters(
        minVersion,
        maxVersion,
        password == null ? null : password.getBytes(StandardCharsets.UTF_8),
        remote -> features);
  }

  static Map<String, String> features(String name, String nickName) {
    Map<String, String> features = new LinkedHashMap<>();
    features.put(MeshProtocol.PEER_NAME_FLAVOUR, "mac");
    features.put(MeshProtocol.NAME, name);
    features.put(MeshProtocol.NICK_NAME, nickName);
    features.put(MeshProtocol.UID, "11400714819323198485");
    features.put(MeshProtocol.SHORT_ID, "77");
    features.put(MeshProtocol.TRUSTED, "true");
    features.put(MeshProtocol.OVERLAYS, "sleeve");
    return features;
  }

  /** A source that yields one connection id and one private key. */
  static RandomGenerator scripted(long connectionId, byte[] privateKey) {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        return connectionId;
      }

      @Override
      public void nextBytes(byte[] bytes) {
        System.arraycopy(privateKey, 0, bytes, 0, bytes.length);
      }
    };
  }

  static RandomGenerator scripted(long connectionId) {
    return scripted(connectionId, TestVectors.bytes("77".repeat(32)));
  }
}
