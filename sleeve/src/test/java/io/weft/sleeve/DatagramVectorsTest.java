package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.crypto.SessionKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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
    FrameList.putName(written.slab(), written.offset(0), Vectors.A);
    assertArrayEquals(
        datagram, Vectors.bytes(written.slab(), written.offset(0), written.length(0)));
  }

  @ParameterizedTest
  @EnumSource(CipherLibrary.class)
  void opensAndSealsEncryptedDatagrams(CipherLibrary library) {
    Ciphers.require(library);
    for (String name :
        List.of(
            "sleeve-enc-heartbeat-connector",
            "sleeve-enc-heartbeat-acceptor",
            "sleeve-enc-nodf-seq5",
            "sleeve-enc-pmtu-probe-1414")) {
      opensAndSeals(library, name);
    }
  }

  private static void opensAndSeals(CipherLibrary library, String name) {
    byte[] datagram = Vectors.hex(name);
    JsonNode facts = Vectors.json(name);
    byte[] key = Vectors.parse(facts.get("key"));
    boolean fromDialler = facts.get("senderIsTcpConnector").asBoolean();
    ByteBuffer buffer = Ciphers.direct(datagram);
    ByteBuffer plain = DatagramOpener.room();

    DatagramOpener opener = Ciphers.opener(library, key, !fromDialler);
    int bytes = opener.open(buffer, 0, datagram.length, plain);
    assertEquals(datagram.length - Sealing.ENCRYPTED.headerBytes(), bytes);
    if (facts.has("plaintext")) {
      assertArrayEquals(
          Vectors.parse(facts.get("plaintext")),
          Vectors.bytes(plain, DatagramOpener.FRAMES, bytes));
    }
    FrameList list = new FrameList();
    list.wrap(plain, DatagramOpener.FRAMES, DatagramOpener.FRAMES + bytes);
    DatagramVector written = rewrite(list, Sealing.ENCRYPTED);
    int offset = written.offset(0);
    FrameList.putName(written.slab(), offset, FrameList.name(buffer, 0));
    Ciphers.sealer(library, key, fromDialler)
        .seal(written.slab(), offset, written.length(0), buffer.getLong(6));
    assertArrayEquals(datagram, Vectors.bytes(written.slab(), offset, written.length(0)));
  }

  @ParameterizedTest
  @EnumSource(CipherLibrary.class)
  void refusesWhatItSealedItselfAndWhatAnotherKeySealed(CipherLibrary library) {
    Ciphers.require(library);
    byte[] datagram = Vectors.hex("sleeve-enc-nodf-seq5");
    byte[] key = Vectors.parse(Vectors.json("sleeve-enc-nodf-seq5").get("key"));
    ByteBuffer buffer = Ciphers.direct(datagram);
    ByteBuffer plain = DatagramOpener.room();
    assertEquals(
        DatagramOpener.NOT_AUTHENTIC,
        Ciphers.opener(library, key, true).open(buffer, 0, datagram.length, plain));
    byte[] otherKey = key.clone();
    otherKey[31] ^= 1;
    assertEquals(
        DatagramOpener.NOT_AUTHENTIC,
        Ciphers.opener(library, otherKey, false).open(buffer, 0, datagram.length, plain));
  }

  @ParameterizedTest
  @EnumSource(CipherLibrary.class)
  void refusesEveryFlippedBitAndEveryTruncation(CipherLibrary library) {
    Ciphers.require(library);
    byte[] datagram = Vectors.hex("sleeve-enc-heartbeat-connector");
    byte[] key = Vectors.parse(Vectors.json("sleeve-enc-heartbeat-connector").get("key"));
    DatagramOpener opener = Ciphers.opener(library, key, false);
    ByteBuffer plain = DatagramOpener.room();
    for (int bit = 6 * 8; bit < datagram.length * 8; bit++) {
      byte[] flipped = datagram.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertEquals(
          DatagramOpener.NOT_AUTHENTIC,
          opener.open(Ciphers.direct(flipped), 0, flipped.length, plain),
          "bit " + bit);
    }
    for (int length = 6; length < datagram.length; length++) {
      int expected = length < 14 ? DatagramOpener.TOO_SHORT : DatagramOpener.NOT_AUTHENTIC;
      assertEquals(
          expected, opener.open(Ciphers.direct(datagram), 0, length, plain), "length " + length);
    }
    // Nothing of the above may have moved the replay window.
    assertEquals(36, opener.open(Ciphers.direct(datagram), 0, datagram.length, plain));
    assertEquals(
        DatagramOpener.REPLAYED, opener.open(Ciphers.direct(datagram), 0, datagram.length, plain));
  }

  @Test
  void derivesTheKeyThatSealsDatagramsFromEitherEnd() throws Exception {
    JsonNode facts = Vectors.json("session-key");
    byte[] password = facts.get("passwordUtf8").asText().getBytes(StandardCharsets.UTF_8);
    for (String[] ends : new String[][] {{"A", "B"}, {"B", "A"}}) {
      byte[] own = Vectors.parse(facts.get("private" + ends[0]));
      byte[] theirs = Vectors.parse(facts.get("public" + ends[1]));
      assertArrayEquals(Vectors.hex("session-key"), SessionKey.derive(own, theirs, password));
    }
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
      FrameList.putName(vector.slab(), vector.offset(0), Vectors.A);
      assertEquals(expected.get("udpPayload").asInt(), vector.length(0));
      byte[] datagram = Vectors.bytes(vector.slab(), vector.offset(0), vector.length(0));
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
  static DatagramVector rewrite(FrameList list, Sealing sealing) {
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
