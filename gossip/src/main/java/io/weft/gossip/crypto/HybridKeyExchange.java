package io.weft.gossip.crypto;

import java.security.InvalidKeyException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.bouncycastle.crypto.SecretWithEncapsulation;
import org.bouncycastle.crypto.kems.MLKEMExtractor;
import org.bouncycastle.crypto.kems.MLKEMGenerator;
import org.bouncycastle.crypto.params.MLKEMParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPublicKeyParameters;
import org.bouncycastle.math.ec.rfc7748.X25519;

/**
 * X25519 (RFC 7748) and ML-KEM-768 (FIPS 203) side by side: the secret stays one as long as either
 * holds, the second also against quantum computers.
 *
 * <pre>
 *  offer  = X25519 public key 32 | ML-KEM encapsulation key 1184
 *  answer = X25519 public key 32 | ML-KEM ciphertext 1088
 *  secret = X25519 agreement 32  | ML-KEM shared secret 32
 * </pre>
 *
 * <p>Nobody is authenticated here: both messages travel inside an authentic channel, and the secret
 * is to be combined with that channel's key.
 */
public final class HybridKeyExchange {
  /** Bytes of an offer. */
  public static final int OFFER_BYTES = 32 + 1184;

  /** Bytes of an answer. */
  public static final int ANSWER_BYTES = 32 + 1088;

  /** Bytes of the secret both ends get. */
  public static final int SECRET_BYTES = 64;

  private static final MLKEMParameters KEM = MLKEMParameters.ml_kem_768;
  private static final int CURVE_BYTES = SessionKey.BYTES;
  private static final int KEM_SEED_BYTES = 64;
  private static final int KEM_MESSAGE_BYTES = 32;

  /** Coefficients of an encapsulation key: 3 polynomials of 256, each in 12 bits below 3329. */
  private static final int KEM_COEFFICIENT_BYTES = 1152;

  private static final int KEM_MODULUS = 3329;

  private final byte[] curvePrivate = new byte[CURVE_BYTES];
  private final MLKEMPrivateKeyParameters kemPrivate;
  private final byte[] offer = new byte[OFFER_BYTES];

  /** Begins an exchange: 32 bytes for X25519 and then 64 for ML-KEM are drawn. */
  public HybridKeyExchange(RandomGenerator random) {
    random.nextBytes(curvePrivate);
    byte[] seed = new byte[KEM_SEED_BYTES];
    random.nextBytes(seed);
    kemPrivate = new MLKEMPrivateKeyParameters(KEM, seed);
    X25519.scalarMultBase(curvePrivate, 0, offer, 0);
    byte[] kemPublic = kemPrivate.getPublicKey();
    System.arraycopy(kemPublic, 0, offer, CURVE_BYTES, kemPublic.length);
  }

  /**
   * The other end's part.
   *
   * @param answer what to send back
   * @param secret 64 bytes, to be wiped after use
   */
  public record Answered(byte[] answer, byte[] secret) {}

  /** What to send to the other end. */
  public byte[] offer() {
    return offer.clone();
  }

  /**
   * Answers an offer: 32 bytes for X25519 and then 32 for ML-KEM are drawn.
   *
   * @throws InvalidKeyException when the offer is none that an honest end makes
   */
  public static Answered answer(byte[] offer, RandomGenerator random) throws InvalidKeyException {
    checkLength(offer, OFFER_BYTES, "offer");
    checkCoefficients(offer);
    byte[] curvePrivate = new byte[CURVE_BYTES];
    random.nextBytes(curvePrivate);
    byte[] message = new byte[KEM_MESSAGE_BYTES];
    random.nextBytes(message);
    byte[] answer = new byte[ANSWER_BYTES];
    byte[] secret = new byte[SECRET_BYTES];
    X25519.scalarMultBase(curvePrivate, 0, answer, 0);
    agree(curvePrivate, offer, secret);
    SecretWithEncapsulation sealed;
    try {
      MLKEMPublicKeyParameters theirs =
          new MLKEMPublicKeyParameters(KEM, Arrays.copyOfRange(offer, CURVE_BYTES, OFFER_BYTES));
      sealed = MLKEMGenerator.internalGenerateEncapsulated(theirs, message);
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyException("peer sent a malformed encapsulation key", e);
    }
    byte[] ciphertext = sealed.getEncapsulation();
    System.arraycopy(ciphertext, 0, answer, CURVE_BYTES, ciphertext.length);
    putKemSecret(sealed.getSecret(), secret);
    SessionKey.wipe(curvePrivate);
    SessionKey.wipe(message);
    return new Answered(answer, secret);
  }

  /**
   * The secret, once the answer is here; our private keys are wiped.
   *
   * @return 64 bytes, to be wiped after use
   * @throws InvalidKeyException when the answer is none that an honest end makes
   */
  public byte[] finish(byte[] answer) throws InvalidKeyException {
    checkLength(answer, ANSWER_BYTES, "answer");
    try {
      byte[] secret = new byte[SECRET_BYTES];
      agree(curvePrivate, answer, secret);
      byte[] ciphertext = Arrays.copyOfRange(answer, CURVE_BYTES, ANSWER_BYTES);
      putKemSecret(new MLKEMExtractor(kemPrivate).extractSecret(ciphertext), secret);
      return secret;
    } finally {
      wipe();
    }
  }

  /** Forgets our private keys; the exchange can no longer be finished. */
  public void wipe() {
    SessionKey.wipe(curvePrivate);
    kemPrivate.destroy();
  }

  private static void agree(byte[] privateKey, byte[] message, byte[] secret)
      throws InvalidKeyException {
    if (!X25519.calculateAgreement(privateKey, 0, message, 0, secret, 0)) {
      throw new InvalidKeyException("peer sent a public key of low order");
    }
  }

  private static void putKemSecret(byte[] kemSecret, byte[] secret) {
    System.arraycopy(kemSecret, 0, secret, CURVE_BYTES, kemSecret.length);
    SessionKey.wipe(kemSecret);
  }

  /** FIPS 203, 7.2: every coefficient of an encapsulation key is below the modulus. */
  private static void checkCoefficients(byte[] offer) throws InvalidKeyException {
    for (int i = CURVE_BYTES; i < CURVE_BYTES + KEM_COEFFICIENT_BYTES; i += 3) {
      int first = (offer[i] & 0xff) | (offer[i + 1] & 0x0f) << 8;
      int second = (offer[i + 1] & 0xff) >> 4 | (offer[i + 2] & 0xff) << 4;
      if (first >= KEM_MODULUS || second >= KEM_MODULUS) {
        throw new InvalidKeyException("peer sent a malformed encapsulation key");
      }
    }
  }

  private static void checkLength(byte[] message, int expected, String what)
      throws InvalidKeyException {
    if (message.length != expected) {
      throw new InvalidKeyException(
          "%s of %d bytes instead of %d".formatted(what, message.length, expected));
    }
  }
}
