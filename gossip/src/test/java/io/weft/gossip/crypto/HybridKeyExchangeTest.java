package io.weft.gossip.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.bouncycastle.crypto.digests.SHAKEDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The exchange against the published vectors of its two halves. */
final class HybridKeyExchangeTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final int CURVE_BYTES = 32;

  /** RFC 7748, section 5.2. */
  @ParameterizedTest
  @CsvSource({
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
        + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
        + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
        + "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
        + "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
  })
  void multipliesLikeTheVectorsOfX25519(String scalar, String point, String product)
      throws Exception {
    Draws draws = new Draws();
    draws.curve = HEX.parseHex(scalar);
    byte[] answer = HybridKeyExchange.answer(new HybridKeyExchange(draws).offer(), draws).answer();
    System.arraycopy(HEX.parseHex(point), 0, answer, 0, CURVE_BYTES);
    byte[] secret = new HybridKeyExchange(draws).finish(answer);
    assertEquals(product, HEX.formatHex(secret, 0, CURVE_BYTES));
  }

  /**
   * A hundred rounds of key generation, encapsulation, decapsulation and implicit rejection, all
   * bytes of which are hashed: the accumulated vectors of ML-KEM-768 by which the Go project checks
   * its implementation of FIPS 203.
   */
  @Test
  void encapsulatesLikeTheAccumulatedVectorsOfMlKem768() throws Exception {
    Draws draws = new Draws();
    SHAKEDigest sum = new SHAKEDigest(128);
    for (int round = 0; round < 100; round++) {
      byte[] seed = draws.stream(64);
      draws.kem = seed;
      HybridKeyExchange exchange = new HybridKeyExchange(draws);
      byte[] offer = exchange.offer();
      sum.update(offer, CURVE_BYTES, offer.length - CURVE_BYTES);
      draws.kem = draws.stream(32);
      HybridKeyExchange.Answered answered = HybridKeyExchange.answer(offer, draws);
      byte[] answer = answered.answer();
      sum.update(answer, CURVE_BYTES, answer.length - CURVE_BYTES);
      sum.update(answered.secret(), CURVE_BYTES, 32);
      assertArrayEquals(answered.secret(), exchange.finish(answer), "round " + round);

      byte[] rejected = draws.stream(answer.length - CURVE_BYTES);
      System.arraycopy(rejected, 0, answer, CURVE_BYTES, rejected.length);
      draws.kem = seed;
      sum.update(new HybridKeyExchange(draws).finish(answer), CURVE_BYTES, 32);
    }
    byte[] digest = new byte[32];
    sum.doFinal(digest, 0, digest.length);
    assertEquals(
        "1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415", HEX.formatHex(digest));
  }

  /** Gives X25519 and ML-KEM, which draw in turn, bytes of their own. */
  private static final class Draws implements RandomGenerator {
    private final SHAKEDigest stream = new SHAKEDigest(128);
    byte[] curve = new byte[CURVE_BYTES];
    byte[] kem = new byte[64];
    private boolean kemIsNext;

    Draws() {
      Arrays.fill(curve, (byte) 0x42);
    }

    byte[] stream(int bytes) {
      byte[] next = new byte[bytes];
      stream.doOutput(next, 0, bytes);
      return next;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(kemIsNext ? kem : curve, 0, bytes, 0, bytes.length);
      kemIsNext = !kemIsNext;
    }

    @Override
    public long nextLong() {
      throw new IllegalStateException("keys are drawn as bytes");
    }
  }
}
