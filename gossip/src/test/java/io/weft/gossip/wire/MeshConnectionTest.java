package io.weft.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.gob.GobWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeshConnectionTest {
  private static final String PASSWORD = "wfvAwt7sj";
  private static final String HEADER = "77656176650102";
  private static final Map<String, String> FEATURES =
      LinkEnd.features("02:11:22:33:44:55", "alpha");

  @Test
  void closesWhenNoHeaderComesInTenSeconds() {
    LinkEnd end = started(null);
    end.advanceSeconds(9);
    assertNull(end.closeReason);
    end.advanceSeconds(1);
    assertEquals(
        "failed to receive remote protocol header: "
            + "read tcp 10.99.0.1:6783->10.99.0.2:45295: i/o timeout",
        end.closeReason);
    assertEquals(Timed.NEVER, end.connection.nextDeadlineNanos());
  }

  @Test
  void closesWhenTheHandshakeTakesMoreThanAMinuteFromTheHeader() {
    LinkEnd end = started(null);
    end.advanceSeconds(5);
    end.receive(hex(HEADER), 7);
    end.advanceSeconds(40);
    end.receive(hex("00"), 1);
    end.advanceSeconds(19);
    assertNull(end.closeReason);
    end.advanceSeconds(1);
    assertEquals("read tcp 10.99.0.1:6783->10.99.0.2:45295: i/o timeout", end.closeReason);
  }

  @Test
  void closesWhenNoCompleteMessageComesInAMinute() {
    LinkEnd end = handshaken(null);
    end.advanceSeconds(59);
    end.receive(hex("0000000100"), 5);
    end.advanceSeconds(59);
    end.receive(hex("00000001"), 4);
    assertNull(end.closeReason);
    end.advanceSeconds(1);
    assertEquals("read tcp 10.99.0.1:6783->10.99.0.2:45295: i/o timeout", end.closeReason);
  }

  @Test
  void closesAfterAQuarterOfAMinuteOfSilenceOnlyWhenBothEndsHaveAPulse() {
    for (boolean ours : List.of(true, false)) {
      for (boolean theirs : List.of(true, false)) {
        LinkEnd one = new LinkEnd(pulsing(ours), true, LinkEnd.scripted(1));
        LinkEnd other = new LinkEnd(pulsing(theirs), false, LinkEnd.scripted(2));
        one.connection.start();
        other.connection.start();
        LinkEnd.exchange(one, other);
        one.advanceSeconds(14);
        // Part of a message is a sign of life, and no message.
        one.receive(hex("00000001"), 1);
        one.advanceSeconds(14);
        assertNull(one.closeReason);
        one.receive(hex("00"), 1);
        one.advanceSeconds(14);
        assertNull(one.closeReason);
        one.advanceSeconds(1);
        assertEquals(ours && theirs, one.closeReason != null, ours + " and " + theirs);
        one.advanceSeconds(45);
        assertNotNull(one.closeReason, "the minute of the specification");
      }
    }
  }

  private static MeshConnectionParameters pulsing(boolean pulse) {
    Map<String, String> features = new LinkedHashMap<>(FEATURES);
    if (pulse) {
      features.put(Extensions.KEY, "1;other," + Extensions.PULSE);
    }
    return LinkEnd.parameters(1, 2, null, features);
  }

  @Test
  void doesNotBlameThePeerForOurOwnPause() {
    LinkEnd end = handshaken(null);
    end.connection.pause();
    end.receive(hex("0000000100" + "0000000100"), 100);
    end.advanceSeconds(100);
    assertNull(end.closeReason);
    assertEquals(0, end.messages.size());
    end.connection.resume();
    assertEquals(2, end.messages.size());
    end.advanceSeconds(60);
    assertNotNull(end.closeReason);
  }

  @Test
  void holdsMessagesBackUntilReadingStarts() {
    LinkEnd end = started(null);
    byte[] features =
        new GobWriter().write(FeatureMap.TYPE, FeatureMap.toGob(announced())).toBytes();
    byte[] stream = hex(HEADER + "00" + framed(features) + "0000000100" + "0000000109");
    end.connection.onBytes(ByteBuffer.wrap(stream));
    assertNotNull(end.handshaken);
    assertEquals(0, end.messages.size());
    end.connection.startReading();
    assertEquals(List.of(new MeshMessage.Heartbeat(), new MeshMessage.Unknown(9)), end.messages);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|EOF|failed to receive remote protocol header: EOF",
        "7765|EOF|received incomplete remote protocol header (2 octets instead of 7): "
            + "[119 101]; error: unexpected EOF",
        "77656176660102||remote protocol header not recognised: [119 101 97 118 102]",
        "77656176650303||remote version range [3,3] is incompatible with ours [1,2]",
        "77656176650000||remote version range [0,0] is incompatible with ours [1,2]",
        "7765617665010202||Bad encryption flag 2",
        "7765617665010201||no password specificed, but peer requested an encrypted connection",
        "7765617665010200|EOF|EOF",
        "776561766501020000|EOF|unexpected EOF",
        "776561766501020000a00001||incoming message exceeds maximum size: 10485761 > 65536",
        "7765617665010200ffffffff||incoming message exceeds maximum size: 4294967295 > 65536",
      })
  void closesWithTheTextOfTheCatalogue(
      @Nullable String received, @Nullable String end, String reason) {
    LinkEnd link = started(null);
    link.receive(hex(received == null ? "" : received), 3);
    if (end != null) {
      assertNull(link.closeReason);
      link.connection.onEnd(end);
    }
    assertEquals(reason, link.closeReason);
  }

  @Test
  void refusesAPeerWithoutAPassword() {
    LinkEnd end = started(PASSWORD);
    end.receive(hex(HEADER + "00"), 100);
    assertEquals(
        "password specified, but peer requested an unencrypted connection", end.closeReason);
  }

  @Test
  void refusesAPublicKeyOfLowOrder() {
    LinkEnd end = started(PASSWORD);
    end.receive(hex(HEADER + "01" + "00".repeat(32)), 100);
    assertEquals("peer sent a public key of low order", end.closeReason);
  }

  @Test
  void reportsAWrongPasswordAsUndecryptable() {
    LinkEnd dialler = end(true, "one password");
    LinkEnd acceptor = end(false, "another password");
    dialler.connection.start();
    acceptor.connection.start();
    LinkEnd.exchange(dialler, acceptor);
    assertEquals("Unable to decrypt TCP msg", dialler.closeReason);
    assertEquals("Unable to decrypt TCP msg", acceptor.closeReason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PeerNameFlavour||field PeerNameFlavour is missing",
        "Name||field Name is missing",
        "NickName||field NickName is missing",
        "UID||field UID is missing",
        "ConnID||field ConnID is missing",
        "PeerNameFlavour|hash|Peer name flavour mismatch (ours: 'mac', theirs: 'hash')",
        "Name|host1|invalid peer name format: \"host1\"",
        "UID|-1|strconv.ParseUint: parsing \"-1\": invalid syntax",
        "ConnID|18446744073709551616|"
            + "strconv.ParseUint: parsing \"18446744073709551616\": value out of range",
        "ShortID|4096|strconv.ParseUint: parsing \"4096\": value out of range",
        "Trusted|yes|strconv.ParseBool: parsing \"yes\": invalid syntax",
      })
  void refusesBadFeatures(String key, @Nullable String value, String reason) {
    Map<String, String> features = announced();
    if (value == null) {
      features.remove(key);
    } else {
      features.put(key, value);
    }
    LinkEnd end = started(null);
    end.receive(handshake(features), 100);
    assertEquals(reason, end.closeReason);
    assertNull(end.handshaken);
  }

  @Test
  void acceptsUnknownKeysAndAbsentOptionalOnes() {
    Map<String, String> features = announced();
    features.keySet().removeAll(List.of("ShortID", "Trusted", "Overlays"));
    features.put("RX", "1;anything");
    LinkEnd end = started(null);
    end.receive(handshake(features), 100);
    assertNull(end.closeReason);
    Handshaken handshaken = end.handshaken;
    assertNotNull(handshaken);
    assertNull(handshaken.features().shortId());
    assertNull(handshaken.features().overlays());
    assertFalse(handshaken.features().trusted());
    assertEquals("1;anything", handshaken.features().all().get("RX"));
  }

  @ParameterizedTest
  @CsvSource({"1, 2, 1", "1, 2, 2", "2, 2, 2", "1, 1, 1"})
  void negotiatesTheHighestCommonVersion(int min, int max, int otherMax) {
    for (String password : new String[] {null, PASSWORD}) {
      LinkEnd one =
          new LinkEnd(
              LinkEnd.parameters(min, max, password, FEATURES), true, LinkEnd.scripted(0x1111));
      LinkEnd other =
          new LinkEnd(
              LinkEnd.parameters(1, otherMax, password, FEATURES), false, LinkEnd.scripted(0x1010));
      one.connection.start();
      other.connection.start();
      LinkEnd.exchange(one, other);
      if (min > otherMax) {
        assertNotNull(one.closeReason);
        continue;
      }
      assertNotNull(one.handshaken);
      assertNotNull(other.handshaken);
      assertEquals(Math.min(max, otherMax), one.handshaken.protocolVersion());
      assertEquals(0x101, one.handshaken.connectionUid());
      assertEquals(0x101, other.handshaken.connectionUid());
      talk(one, other);
    }
  }

  @Test
  void sealsEveryMessageDifferently() {
    LinkEnd dialler = end(true, PASSWORD);
    LinkEnd acceptor = end(false, PASSWORD);
    dialler.connection.start();
    acceptor.connection.start();
    LinkEnd.exchange(dialler, acceptor);
    dialler.connection.send(new MeshMessage.Heartbeat());
    String first = HexFormat.of().formatHex(dialler.takeSent());
    dialler.connection.send(new MeshMessage.Heartbeat());
    assertNotEquals(first, HexFormat.of().formatHex(dialler.takeSent()));
  }

  @Test
  void countsTheSealedSizeAgainstTheLimit() {
    PeerName name = PeerName.parse("02:11:22:33:44:55");
    int envelope =
        MessageCodec.encode(new MeshMessage.Gossip("c", name, new byte[70_000])).length - 70_000;
    for (String password : new String[] {null, PASSWORD}) {
      // The length fields around a payload of this size take one byte more each.
      int room = 10_485_760 - (password == null ? 0 : 16) - envelope;
      LinkEnd dialler = end(true, password);
      LinkEnd acceptor = end(false, password);
      dialler.connection.start();
      acceptor.connection.start();
      LinkEnd.exchange(dialler, acceptor);
      dialler.connection.send(new MeshMessage.Gossip("c", name, new byte[room]));
      assertNull(dialler.closeReason);
      LinkEnd.exchange(dialler, acceptor);
      assertEquals(1, acceptor.messages.size());
      dialler.connection.send(new MeshMessage.Gossip("c", name, new byte[room + 1]));
      assertEquals(
          "outgoing message exceeds maximum size: 10485761 > 10485760", dialler.closeReason);
      acceptor.receive(hex("00a00001"), 4);
      assertEquals(
          "incoming message exceeds maximum size: 10485761 > 10485760", acceptor.closeReason);
    }
  }

  @Test
  void skipsNothingAndCrashesOnNothingInBlankMessages() {
    LinkEnd end = handshaken(null);
    end.receive(hex("00000000" + "0000000100"), 1);
    assertEquals(List.of(new MeshMessage.Blank(), new MeshMessage.Heartbeat()), end.messages);
  }

  @Test
  void closesOnMalformedGossip() {
    LinkEnd end = handshaken(null);
    end.receive(hex("0000000204ff"), 100);
    assertTrue(String.valueOf(end.closeReason).startsWith("gob: "), end.closeReason);
    int sent = end.sent.size();
    end.connection.send(new MeshMessage.Heartbeat());
    end.connection.startReading();
    end.connection.onEnd("EOF");
    end.receive(hex("0000000100"), 100);
    assertEquals(sent, end.sent.size());
    assertEquals(0, end.messages.size());
  }

  private static void talk(LinkEnd one, LinkEnd other) {
    PeerName name = PeerName.parse("02:11:22:33:44:55");
    for (int i = 0; i < 3; i++) {
      byte[] payload = ("message " + i).getBytes(StandardCharsets.US_ASCII);
      one.connection.send(new MeshMessage.Gossip("c", name, payload));
      other.connection.send(new MeshMessage.Heartbeat());
      LinkEnd.exchange(one, other);
      MeshMessage.Gossip gossip = (MeshMessage.Gossip) other.messages.get(i);
      assertTrue(Arrays.equals(payload, gossip.payload()));
    }
    assertEquals(3, one.messages.size());
    assertNull(one.closeReason);
    assertNull(other.closeReason);
  }

  private static LinkEnd end(boolean outbound, @Nullable String password) {
    return new LinkEnd(
        LinkEnd.parameters(1, 2, password, FEATURES),
        outbound,
        LinkEnd.scripted(5, hex((outbound ? "71" : "72").repeat(32))));
  }

  private static LinkEnd started(@Nullable String password) {
    LinkEnd end = end(false, password);
    end.connection.start();
    return end;
  }

  private static LinkEnd handshaken(@Nullable String password) {
    LinkEnd end = started(password);
    end.receive(handshake(announced()), 100);
    assertNotNull(end.handshaken);
    return end;
  }

  private static Map<String, String> announced() {
    Map<String, String> features =
        new LinkedHashMap<>(LinkEnd.features("0e:aa:bb:cc:dd:ee", "beta"));
    features.put(MeshProtocol.CONNECTION_ID, "99");
    return features;
  }

  private static byte[] handshake(Map<String, String> features) {
    byte[] gob = new GobWriter().write(FeatureMap.TYPE, FeatureMap.toGob(features)).toBytes();
    return hex(HEADER + "00" + framed(gob));
  }

  private static String framed(byte[] body) {
    return "%08x".formatted(body.length) + HexFormat.of().formatHex(body);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
