package io.weft.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A message for which room was made keeps the array in which it arrived. */
final class LargeMessageTest {
  private static final int PIECE_BYTES = 16 * 1024;
  private static final PeerName NAME = PeerName.parse("02:11:22:33:44:55");

  @ParameterizedTest
  @CsvSource({
    "1, , 100000",
    "2, , 100000",
    "2, , 10000000",
    "1, secret, 100000",
    "2, secret, 100000",
    "2, secret, 10000000"
  })
  void isReadWhereItArrivedAndLosesNothingThatFollows(int version, String password, int bytes) {
    LinkEnd dialler = end(true, version, password);
    LinkEnd acceptor = end(false, version, password);
    dialler.connection.start();
    acceptor.connection.start();
    LinkEnd.exchange(dialler, acceptor);
    byte[] payload = new byte[bytes];
    new Random(bytes).nextBytes(payload);
    byte[] small = {1, 2, 3};
    for (int round = 0; round < 3; round++) {
      dialler.connection.send(new MeshMessage.Gossip("state", NAME, payload));
      dialler.connection.send(new MeshMessage.GossipBroadcast("state", NAME, payload));
      dialler.connection.send(MessageCodec.unicast("state", NAME, NAME, payload));
      dialler.connection.send(new MeshMessage.Gossip("small", NAME, small));
    }
    receive(acceptor, dialler.takeSent());
    assertNull(acceptor.closeReason);
    assertEquals(12, acceptor.messages.size());
    for (int round = 0; round < 3; round++) {
      MeshMessage.Gossip first =
          assertInstanceOf(MeshMessage.Gossip.class, acceptor.messages.get(4 * round));
      assertArrayEquals(payload, first.payload());
      assertEquals(NAME, first.sender());
      MeshMessage.GossipBroadcast second =
          assertInstanceOf(MeshMessage.GossipBroadcast.class, acceptor.messages.get(4 * round + 1));
      assertArrayEquals(payload, second.payload());
      MeshMessage.GossipUnicast unicast =
          assertInstanceOf(MeshMessage.GossipUnicast.class, acceptor.messages.get(4 * round + 2));
      assertArrayEquals(payload, unicast.payload());
      MeshMessage.Gossip third =
          assertInstanceOf(MeshMessage.Gossip.class, acceptor.messages.get(4 * round + 3));
      assertArrayEquals(small, third.payload());
      assertEquals(0, third.offset());
      boolean mayStay = version == 2;
      assertEquals(mayStay, first.offset() > 0, "it is where it arrived");
      assertEquals(mayStay, second.offset() > 0, "it is where it arrived");
      assertEquals(mayStay, unicast.offset() > 0, "it is where it arrived");
    }
    assertTrue(acceptor.connection.heldBytes() <= PIECE_BYTES);
  }

  /** As a link does it: room is made as soon as the size of a message is known. */
  private static void receive(LinkEnd end, byte[] bytes) {
    for (int start = 0; start < bytes.length; start += PIECE_BYTES) {
      int length = Math.min(PIECE_BYTES, bytes.length - start);
      end.connection.onBytes(ByteBuffer.wrap(bytes, start, length));
      end.connection.reserve();
    }
  }

  private static LinkEnd end(boolean outbound, int version, String password) {
    byte[] key = HexFormat.of().parseHex((outbound ? "71" : "72").repeat(32));
    return new LinkEnd(
        LinkEnd.parameters(
            version,
            version,
            password,
            LinkEnd.features("02:00:00:00:00:0" + (outbound ? 1 : 2), "x")),
        outbound,
        LinkEnd.scripted(outbound ? 5 : 6, key));
  }
}
