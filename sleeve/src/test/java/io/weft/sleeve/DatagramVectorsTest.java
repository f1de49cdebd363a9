package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every datagram of the vectors, byte for byte in both directions (overlay.md B.2, B.3, B.6). */
final class DatagramVectorsTest {
  private static final int MAX = SleeveProtocol.MAX_PAYLOAD_BYTES;

  @ParameterizedTest
  @ValueSource(
      strings = {"sleeve-plain-heartbeat", "sleeve-plain-batch2", "sleeve-plain-pmtu-probe-1438"})
  void readsAndWritesPlainDatagrams(String name) {
    byte[] datagram = Vectors.hex(name);
    ByteBuffer buffer = ByteBuffer.wrap(datagram);
    assertEquals(Vectors.A, FrameList.name(buffer, 0));
    FrameList list = new FrameList();
    list.wrap(buffer, SleeveProtocol.NAME_BYTES, datagram.length);

    DatagramVector written = rewrite(list, Sealing.PLAIN);
    assertFalse(list.isMalformed());
    FrameList.putName(written.slab(), 0, Vectors.A);
    assertArrayEquals(datagram, Vectors.bytes(written.slab(), 0, written.length(0)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sleeve-enc-heartbeat-connector",
        "sleeve-enc-heartbeat-acceptor",
        "sleeve-enc-nodf-seq5",
        "sleeve-enc-pmtu-probe-1414"
      })
  void opensAndSealsEncryptedDatagrams(String name) {
    byte[] datagram = Vectors.hex(name);
    JsonNode facts = Vectors.json(name);
    byte[] key = Vectors.parse(facts.get("key"));
    boolean fromDialler = facts.get("senderIsTcpConnector").asBoolean();
    ByteBuffer buffer = ByteBuffer.wrap(datagram);
    byte[] plain = new byte[65_535];

    int bytes = new DatagramOpener(key, !fromDialler).open(buffer, 0, datagram.length, plain);
    assertEquals(datagram.length - Sealing.ENCRYPTED.headerBytes(), bytes);
    if (facts.has("plaintext")) {
      assertArrayEquals(
          Vectors.parse(facts.get("plaintext")), Vectors.bytes(ByteBuffer.wrap(plain), 0, bytes));
    }
    FrameList list = new FrameList();
    list.wrap(ByteBuffer.wrap(plain), 0, bytes);
    DatagramVector written = rewrite(list, Sealing.ENCRYPTED);
    FrameList.putName(written.slab(), 0, FrameList.name(buffer, 0));
    new DatagramSealer(key, fromDialler, new byte[65_535])
        .seal(written.slab(), 0, written.length(0), buffer.getLong(6));
    assertArrayEquals(datagram, Vectors.bytes(written.slab(), 0, written.length(0)));
  }

  @Test
  void refusesWhatItSealedItselfAndWhatAnotherKeySealed() {
    byte[] datagram = Vectors.hex("sleeve-enc-nodf-seq5");
    byte[] key = Vectors.parse(Vectors.json("sleeve-enc-nodf-seq5").get("key"));
    ByteBuffer buffer = ByteBuffer.wrap(datagram);
    byte[] plain = new byte[65_535];
    assertEquals(
        DatagramOpener.NOT_AUTHENTIC,
        new DatagramOpener(key, true).open(buffer, 0, datagram.length, plain));
    byte[] otherKey = key.clone();
    otherKey[31] ^= 1;
    assertEquals(
        DatagramOpener.NOT_AUTHENTIC,
        new DatagramOpener(otherKey, false).open(buffer, 0, datagram.length, plain));
  }

  @Test
  void refusesEveryFlippedBitAndEveryTruncation() {
    byte[] datagram = Vectors.hex("sleeve-enc-heartbeat-connector");
    byte[] key = Vectors.parse(Vectors.json("sleeve-enc-heartbeat-connector").get("key"));
    DatagramOpener opener = new DatagramOpener(key, false);
    byte[] plain = new byte[65_535];
    for (int bit = 6 * 8; bit < datagram.length * 8; bit++) {
      byte[] flipped = datagram.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertEquals(
          DatagramOpener.NOT_AUTHENTIC,
          opener.open(ByteBuffer.wrap(flipped), 0, flipped.length, plain),
          "bit " + bit);
    }
    for (int length = 6; length < datagram.length; length++) {
      int expected = length < 14 ? DatagramOpener.TOO_SHORT : DatagramOpener.NOT_AUTHENTIC;
      assertEquals(
          expected, opener.open(ByteBuffer.wrap(datagram), 0, length, plain), "length " + length);
    }
    // Nothing of the above may have moved the replay window.
    assertEquals(36, opener.open(ByteBuffer.wrap(datagram), 0, datagram.length, plain));
    assertEquals(
        DatagramOpener.REPLAYED, opener.open(ByteBuffer.wrap(datagram), 0, datagram.length, plain));
  }

  @Test
  void tellsSpecialFramesApart() {
    ByteBuffer heartbeat = Vectors.buffer("sleeve-plain-heartbeat");
    assertTrue(SpecialFrame.isSpecial(heartbeat, 20));
    assertEquals(SpecialFrame.HEARTBEAT, SpecialFrame.of(heartbeat, 20, 22));
    assertEquals(Vectors.CONNECTION_UID, SpecialFrame.connectionUid(heartbeat, 20));
    ByteBuffer probe = Vectors.buffer("sleeve-plain-pmtu-probe-1438");
    assertTrue(SpecialFrame.isSpecial(probe, 20));
    assertEquals(SpecialFrame.PROBE, SpecialFrame.of(probe, 20, 1452));
    assertFalse(SpecialFrame.isSpecial(Vectors.buffer("sleeve-plain-batch2"), 20));

    ByteBuffer test = ByteBuffer.allocate(60_001);
    assertEquals(SpecialFrame.FRAGMENTATION_TEST, SpecialFrame.of(test, 0, 60_001));
    test.put(60_000, (byte) 1);
    assertEquals(SpecialFrame.INVALID, SpecialFrame.of(test, 0, 60_001));
  }

  @Test
  void buildsTheLargeSpecialFrames() throws Exception {
    JsonNode facts = Vectors.json("sleeve-special-large");
    for (String kind : new String[] {"fragTest", "pmtuKick"}) {
      JsonNode expected = facts.get(kind);
      int length = expected.get("frameLen").asInt();
      DatagramVector vector = new DatagramVector(Sealing.PLAIN);
      assertEquals(
          DatagramVector.Result.ADDED,
          vector.add(ByteBuffer.allocate(length), 0, length, Vectors.A, Vectors.B, MAX, 0));
      FrameList.putName(vector.slab(), 0, Vectors.A);
      assertEquals(expected.get("udpPayload").asInt(), vector.length(0));
      byte[] datagram = Vectors.bytes(vector.slab(), 0, vector.length(0));
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(datagram);
      assertEquals(expected.get("sha256").asText(), HexFormat.of().formatHex(digest));
    }
  }

  @Test
  void overheadIsWhatTheSpecificationCounts() {
    assertEquals(62, Sealing.PLAIN.overheadBytes());
    assertEquals(86, Sealing.ENCRYPTED.overheadBytes());
    assertEquals(
        1500, Vectors.hex("sleeve-plain-pmtu-probe-1438").length + SleeveProtocol.IP_UDP_BYTES);
  }

  /** Writes the frames of a list into one datagram. */
  private static DatagramVector rewrite(FrameList list, Sealing sealing) {
    DatagramVector vector = new DatagramVector(sealing);
    while (list.next()) {
      assertEquals(
          DatagramVector.Result.ADDED,
          vector.add(
              list.data(),
              list.frame(),
              list.length(),
              list.source(),
              list.destination(),
              MAX,
              MAX));
    }
    assertEquals(1, vector.count());
    return vector;
  }
}
