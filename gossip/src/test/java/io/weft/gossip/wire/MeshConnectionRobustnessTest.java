package io.weft.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MeshConnectionRobustnessTest {
  private static final long SEED = 0x5eed_c0ffL;
  private static final List<String> STREAMS =
      List.of(
          "handshake-v2-plain-initiator",
          "handshake-v2-encrypted-initiator",
          "handshake-v1-plain-initiator",
          "handshake-v1-encrypted-initiator");

  @Test
  void randomBytesOnlyEverCloseTheConnection() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 2_000; round++) {
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      byte[] header = TestVectors.bytes(round % 2 == 0 ? "77656176650102" : "77656176650101");
      LinkEnd end = started(round % 3 == 0 ? "password" : null);
      int at = round;
      assertDoesNotThrow(
          () -> {
            end.receive(header, 7);
            end.receive(noise, 1 + at % 50);
            end.connection.onEnd("EOF");
          },
          () -> "seed " + SEED + " round " + at);
      assertNotNull(end.closeReason);
    }
  }

  @Test
  void damagedStreamsOnlyEverCloseTheConnection() {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    for (String name : STREAMS) {
      byte[] stream = TestVectors.hex(name);
      // Key agreement is slow: sealed streams are damaged in every ninth bit.
      int step = name.contains("encrypted") ? 9 : 1;
      for (int bit = 0; bit < 8 * stream.length; bit += step) {
        byte[] damaged = stream.clone();
        damaged[bit / 8] ^= (byte) (1 << (bit % 8));
        String password = name.contains("encrypted") ? "wfvAwt7sj" : null;
        LinkEnd end = started(password);
        int pieceSize = 1 + random.nextInt(stream.length);
        int at = bit;
        assertDoesNotThrow(
            () -> {
              end.receive(damaged, pieceSize);
              end.connection.onEnd("EOF");
            },
            () -> "seed " + SEED + ", " + name + " with bit " + at + " flipped");
        assertNotNull(end.closeReason);
      }
    }
  }

  @Test
  void aDamagedSealedMessageIsNeverDelivered() {
    SplittableRandom random = new SplittableRandom(SEED + 2);
    PeerName name = PeerName.parse("02:11:22:33:44:55");
    for (int round = 0; round < 50; round++) {
      LinkEnd dialler = end(true, "password");
      LinkEnd acceptor = end(false, "password");
      dialler.connection.start();
      acceptor.connection.start();
      LinkEnd.exchange(dialler, acceptor);
      dialler.connection.send(new MeshMessage.Gossip("c", name, new byte[random.nextInt(100)]));
      byte[] frame = dialler.takeSent();
      frame[4 + random.nextInt(frame.length - 4)] ^= (byte) (1 << random.nextInt(8));
      acceptor.receive(frame, frame.length);
      assertEquals("Unable to decrypt TCP msg", acceptor.closeReason);
      assertEquals(0, acceptor.messages.size());
    }
  }

  @Test
  void neverHoldsMoreThanOneMessage() {
    LinkEnd acceptor = end(false, null);
    LinkEnd dialler = end(true, null);
    dialler.connection.start();
    acceptor.connection.start();
    LinkEnd.exchange(dialler, acceptor);
    // The largest message is announced, but only what has come may be held.
    acceptor.receive(TestVectors.bytes("00a00000"), 4);
    assertTrue(acceptor.connection.heldBytes() <= 16 * 1024);
    ByteBuffer chunk = ByteBuffer.allocate(64 * 1024);
    for (int i = 0; i < 159; i++) {
      acceptor.connection.onBytes(chunk.rewind());
    }
    assertNull(acceptor.closeReason);
    assertTrue(acceptor.connection.heldBytes() <= MeshProtocol.MAX_MESSAGE_BYTES + 64 * 1024);
    acceptor.connection.onBytes(chunk.rewind());
    // Ten mebibytes of zeros are a heartbeat with a payload that nobody reads.
    assertEquals(List.of(new MeshMessage.Heartbeat()), acceptor.messages);
    assertTrue(acceptor.connection.heldBytes() <= 16 * 1024);
  }

  private static LinkEnd started(@Nullable String password) {
    LinkEnd end = end(false, password);
    end.connection.start();
    return end;
  }

  private static LinkEnd end(boolean outbound, @Nullable String password) {
    Map<String, String> features = LinkEnd.features("0e:aa:bb:cc:dd:ee", "beta");
    byte[] privateKey =
        TestVectors.bytes("01993870138f27d9369b5ab3b1c7431109e8926ea0e695a3f604d67f6be156f3");
    return new LinkEnd(
        LinkEnd.parameters(1, 2, password, features), outbound, LinkEnd.scripted(3, privateKey));
  }
}
