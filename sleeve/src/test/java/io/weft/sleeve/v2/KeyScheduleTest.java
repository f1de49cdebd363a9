package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.crypto.HybridKeyExchange;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/**
 * The key schedule against {@code vectors/sleeve2.json}, whose derivation {@code
 * docs/encryption.md} describes step by step.
 */
final class KeyScheduleTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final PeerName DIALLER = new PeerName(0x7af45687763bL);
  private static final PeerName ACCEPTOR = new PeerName(0xb29c11045ed0L);

  @Test
  void theKeysOfTheVectorsComeOut() throws Exception {
    JsonNode vectors = vectors();
    ObjectNode computed = new ObjectMapper().createObjectNode();
    for (Aead aead : Aead.values()) {
      computed.set(aead.wireName(), compute(aead));
    }
    for (Map.Entry<String, JsonNode> suite : computed.properties()) {
      for (Map.Entry<String, JsonNode> value : suite.getValue().properties()) {
        assertEquals(
            vectors.path(suite.getKey()).path(value.getKey()).asText(),
            value.getValue().asText(),
            suite.getKey() + " " + value.getKey() + ", of " + computed);
      }
    }
  }

  /** HKDF as RFC 5869 writes it, by nothing but HMAC, so that it is not our code's own word. */
  @Test
  void theKeysOfTheVectorsAreThoseOfHkdfByHand() throws Exception {
    JsonNode vectors = vectors();
    for (Aead aead : Aead.values()) {
      JsonNode suite = vectors.path(aead.wireName());
      byte[] secret = HEX.parseHex(suite.path("hybridSecret").asText());
      byte[] material = Arrays.copyOf(Frames.bytes(32, 0), 32 + secret.length);
      System.arraycopy(secret, 0, material, 32, secret.length);
      byte[] key = hmac(HEX.parseHex(suite.path("transcript").asText()), material);
      for (String session : List.of("", "1")) {
        String number = session.isEmpty() ? "" : "0" + session;
        for (Map.Entry<String, PeerName> sender :
            Map.of("fromDialler", DIALLER, "fromAcceptor", ACCEPTOR).entrySet()) {
          String info =
              HEX.formatHex("sleeve2 keys of ".getBytes(StandardCharsets.US_ASCII))
                  + HEX.formatHex(sender.getValue().toBytes())
                  + number;
          String first = HEX.formatHex(hmac(key, HEX.parseHex(info + "01")));
          String second = HEX.formatHex(hmac(key, HEX.parseHex(first + info + "02")));
          String name = sender.getKey() + session;
          assertEquals(
              suite.path(name).asText(), first + second.substring(0, 8), aead + " " + name);
        }
      }
    }
  }

  private static byte[] hmac(byte[] key, byte[] text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text);
  }

  @Test
  void everyPartyToTheKeysMatters() throws Exception {
    KeySchedule.Context context = context(Aead.AES_256_GCM, 5);
    byte[] transcript = Frames.bytes(32, 3);
    SealingKey key = keys(context, 1, 2, transcript).fromDialler().getFirst();
    assertArrayEquals(
        key.key().getEncoded(),
        keys(context, 1, 2, transcript).fromDialler().getFirst().key().getEncoded());
    for (SealingKey other :
        List.of(
            keys(context, 1, 2, transcript).fromAcceptor().getFirst(),
            keys(context, 1, 2, transcript).fromDialler().getLast(),
            keys(context, 9, 2, transcript).fromDialler().getFirst(),
            keys(context, 1, 9, transcript).fromDialler().getFirst(),
            keys(context, 1, 2, Frames.bytes(32, 4)).fromDialler().getFirst())) {
      assertNotEquals(
          HEX.formatHex(key.key().getEncoded()), HEX.formatHex(other.key().getEncoded()));
    }
    byte[] offer = {1};
    byte[] answer = {2};
    String whole = HEX.formatHex(KeySchedule.transcript(context, offer, answer));
    assertNotEquals(whole, HEX.formatHex(KeySchedule.transcript(context, answer, offer)));
    assertNotEquals(
        whole, HEX.formatHex(KeySchedule.transcript(context, new byte[] {1, 2}, new byte[0])));
    assertNotEquals(
        whole, HEX.formatHex(KeySchedule.transcript(context(Aead.AES_256_GCM, 6), offer, answer)));
  }

  @Test
  void refusesKeysOfLowOrderAndOutOfRange() {
    RandomGenerator random = counting();
    byte[] offer = new HybridKeyExchange(random).offer();
    byte[] lowOrder = offer.clone();
    Arrays.fill(lowOrder, 0, 32, (byte) 0);
    assertThrows(InvalidKeyException.class, () -> HybridKeyExchange.answer(lowOrder, random));
    byte[] outOfRange = offer.clone();
    outOfRange[32] = (byte) 0xff;
    outOfRange[33] = (byte) 0xff;
    assertThrows(InvalidKeyException.class, () -> HybridKeyExchange.answer(outOfRange, random));
    assertThrows(InvalidKeyException.class, () -> HybridKeyExchange.answer(new byte[100], random));
  }

  @Test
  void aChangedAnswerGivesAnotherSecret() throws Exception {
    RandomGenerator random = counting();
    HybridKeyExchange exchange = new HybridKeyExchange(random);
    HybridKeyExchange.Answered answered = HybridKeyExchange.answer(exchange.offer(), random);
    byte[] changed = answered.answer();
    changed[500] ^= 1;
    assertNotEquals(HEX.formatHex(answered.secret()), HEX.formatHex(exchange.finish(changed)));
  }

  private static ObjectNode compute(Aead aead) throws Exception {
    RandomGenerator random = counting();
    HybridKeyExchange exchange = new HybridKeyExchange(random);
    byte[] offer = KeyMessage.encode(1, 0xa1a2a3, exchange.offer());
    HybridKeyExchange.Answered answered = HybridKeyExchange.answer(exchange.offer(), random);
    byte[] answer = KeyMessage.encode(1, 0xb1b2b3, answered.answer());
    byte[] secret = exchange.finish(answered.answer());
    assertArrayEquals(answered.secret(), secret, "both ends have the same secret");
    KeySchedule.Context context = context(aead, 0x1e2c3e485e6c7e80L);
    byte[] transcript = KeySchedule.transcript(context, offer, answer);
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("offerSha256", sha256(offer));
    node.put("answerSha256", sha256(answer));
    node.put("hybridSecret", HEX.formatHex(secret));
    node.put("transcript", HEX.formatHex(transcript));
    KeySchedule.Keys keys = KeySchedule.derive(context, Frames.bytes(32, 0), secret, transcript);
    put(node, "fromDialler", keys.fromDialler().getFirst());
    put(node, "fromDialler1", keys.fromDialler().get(1));
    put(node, "fromAcceptor", keys.fromAcceptor().getFirst());
    put(node, "fromAcceptor1", keys.fromAcceptor().get(1));
    byte[] header = new byte[Sleeve2Protocol.HEADER_BYTES];
    Pieces.putHeader(header, 0xb1b2b3, 5, 36 + Sleeve2Protocol.TAG_BYTES, 1);
    RecordGather gather = new RecordGather();
    gather.addHeartbeat(1, 0x1e2c3e485e6c7e80L);
    int at = gather.beginFrame(16, 0, false, 0, 0);
    gather.buffer().put(at, Frames.bytes(16, 1));
    byte[] sealed = new byte[gather.used() + Sleeve2Protocol.TAG_BYTES];
    new AggregateCipher()
        .seal(keys.fromDialler().getFirst(), 5, header, gather.plain(), gather.used(), sealed);
    node.put("datagram", HEX.formatHex(header) + HEX.formatHex(sealed));
    return node;
  }

  private static void put(ObjectNode node, String name, SealingKey key) {
    node.put(name, HEX.formatHex(key.key().getEncoded()) + HEX.toHexDigits(key.salt()));
  }

  private static KeySchedule.Keys keys(
      KeySchedule.Context context, int session, int hybrid, byte[] transcript) {
    return KeySchedule.derive(
        context, Frames.bytes(32, session), Frames.bytes(64, hybrid), transcript);
  }

  private static KeySchedule.Context context(Aead aead, long uid) {
    String feature = new Sleeve2Feature(List.of(aead), 0).value();
    return new KeySchedule.Context(uid, DIALLER, ACCEPTOR, feature, feature, aead, 2, 2);
  }

  /** Draws 0, 1, 2 and so on: what the vectors were made with. */
  private static RandomGenerator counting() {
    return new RandomGenerator() {
      private byte next;

      @Override
      public long nextLong() {
        throw new AssertionError("only bytes are drawn");
      }

      @Override
      public void nextBytes(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = next++;
        }
      }
    };
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static JsonNode vectors() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            KeyScheduleTest.class.getResourceAsStream("/vectors/sleeve2.json"))) {
      return new ObjectMapper().readTree(in);
    }
  }
}
