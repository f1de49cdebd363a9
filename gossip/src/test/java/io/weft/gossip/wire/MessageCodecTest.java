package io.weft.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCodecTest {
  private static final long SEED = 0x5eed_c0deL;

  private static final List<String> VECTORS =
      List.of(
          "msg-heartbeat",
          "msg-gossip-topology",
          "msg-gossip-surrogate",
          "msg-gossip-empty-payload",
          "msg-gossip-broadcast",
          "msg-gossip-unicast",
          "msg-overlay-control-sleeve-established",
          "msg-overlay-control-fastdp-ack",
          "msg-legacy-control-established");

  @Test
  void writesEveryVectorAsItWasRead() throws GobException {
    for (String name : VECTORS) {
      byte[] bytes = TestVectors.hex(name);
      assertArrayEquals(bytes, MessageCodec.encode(MessageCodec.decode(bytes)), name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"topology", "surrogate", "empty-payload"})
  void readsGossipWithItsImmediateSender(String name) throws GobException {
    JsonNode expected = TestVectors.json("msg-gossip-" + name);
    MeshMessage.Gossip gossip =
        assertInstanceOf(
            MeshMessage.Gossip.class, MessageCodec.decode(TestVectors.hex("msg-gossip-" + name)));
    assertEquals(expected.get("channel").asText(), gossip.channel());
    assertEquals(PeerName.parse(expected.get("source").asText()), gossip.sender());
  }

  @Test
  void readsBroadcastAndUnicast() throws GobException {
    MeshMessage.GossipBroadcast broadcast =
        assertInstanceOf(
            MeshMessage.GossipBroadcast.class,
            MessageCodec.decode(TestVectors.hex("msg-gossip-broadcast")));
    assertEquals("nameserver", broadcast.channel());
    assertEquals("payload", new String(broadcast.payload(), StandardCharsets.US_ASCII));
    PeerName source = PeerName.parse("02:11:22:33:44:55");
    PeerName destination = PeerName.parse("0e:aa:bb:cc:dd:ee");
    MeshMessage.GossipUnicast made =
        MessageCodec.unicast("IPallocation", source, destination, new byte[] {0, 1, 2});
    assertArrayEquals(TestVectors.hex("msg-gossip-unicast"), MessageCodec.encode(made));
    MeshMessage.GossipUnicast read =
        assertInstanceOf(
            MeshMessage.GossipUnicast.class,
            MessageCodec.decode(TestVectors.hex("msg-gossip-unicast")));
    assertEquals(destination, read.destination());
    assertArrayEquals(made.payload(), read.payload());
    assertArrayEquals(made.data(), read.data());
  }

  @Test
  void neverTrustsOrSendsAShortOverlayControl() throws GobException {
    assertEquals(new MeshMessage.Unknown(7), MessageCodec.decode(new byte[] {7}));
    assertEquals(new MeshMessage.Unknown(7), MessageCodec.decode(new byte[] {7, 0}));
    byte[] least = MessageCodec.encode(new MeshMessage.OverlayControl(0, 1, new byte[0]));
    assertArrayEquals(new byte[] {7, 0, 1}, least);
    assertThrows(
        IllegalArgumentException.class,
        () -> MessageCodec.encode(new MeshMessage.OverlayControl(256, 1, new byte[0])));
  }

  @Test
  void readsUnknownTagsAndBlankMessages() throws GobException {
    assertEquals(new MeshMessage.Unknown(8), MessageCodec.decode(new byte[] {8, 1, 2}));
    assertEquals(new MeshMessage.Unknown(255), MessageCodec.decode(new byte[] {-1}));
    assertEquals(new MeshMessage.Blank(), MessageCodec.decode(new byte[0]));
    assertEquals(new MeshMessage.Heartbeat(), MessageCodec.decode(new byte[] {0, 9, 9}));
    assertThrows(
        IllegalArgumentException.class, () -> MessageCodec.encode(new MeshMessage.Unknown(8)));
  }

  @Test
  void ignoresGobValuesBehindThePayload() throws GobException {
    byte[] gossip = TestVectors.hex("msg-gossip-unicast");
    byte[] more = new GobWriter().writeString("extension").toBytes();
    byte[] longer = Arrays.copyOf(gossip, gossip.length + more.length);
    System.arraycopy(more, 0, longer, gossip.length, more.length);
    MeshMessage.GossipUnicast read =
        assertInstanceOf(MeshMessage.GossipUnicast.class, MessageCodec.decode(longer));
    assertArrayEquals(longer, MessageCodec.encode(read));
    assertArrayEquals(new byte[] {0, 1, 2}, read.payload());
  }

  @Test
  void refusesNamesOfMoreThanSixBytes() {
    byte[] gob =
        new GobWriter().writeString("x").writeUint(1L << 48).writeBytes(new byte[1]).toBytes();
    byte[] message = new byte[gob.length + 1];
    System.arraycopy(gob, 0, message, 1, gob.length);
    for (byte tag = 4; tag <= 6; tag++) {
      message[0] = tag;
      assertThrows(GobException.class, () -> MessageCodec.decode(message));
    }
  }

  @Test
  void damagedMessagesAreFaultsOrMessages() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (String name : VECTORS) {
      byte[] bytes = TestVectors.hex(name);
      for (int length = 0; length < bytes.length; length++) {
        assertDecodes(Arrays.copyOf(bytes, length), name + " of length " + length);
      }
      for (int round = 0; round < 3_000; round++) {
        byte[] damaged = bytes.clone();
        int flips = 1 + random.nextInt(4);
        for (int i = 0; i < flips; i++) {
          damaged[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        assertDecodes(damaged, "seed " + SEED + ", " + name + " round " + round);
      }
    }
  }

  private static void assertDecodes(byte[] bytes, String what) {
    assertDoesNotThrow(
        () -> {
          try {
            MessageCodec.decode(bytes);
          } catch (GobException e) {
            assertEquals(e.position(), Math.clamp(e.position(), 0, bytes.length));
          }
        },
        what);
  }
}
