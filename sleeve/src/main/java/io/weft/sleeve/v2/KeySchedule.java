package io.weft.sleeve.v2;

import io.weft.gossip.PeerName;
import io.weft.gossip.crypto.SessionKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * From one key agreement to the keys of both directions (docs/encryption.md).
 *
 * <pre>
 *  T   = SHA-256( "weft sleeve2 1" | uid 8 | dialler 6 | acceptor 6
 *                 | feature of the dialler | feature of the acceptor | offer | answer )
 *  PRK = HKDF-Extract( salt T, session key 32 | X25519 secret 32 | ML-KEM secret 32 )
 *  OKM = HKDF-Expand( PRK, "sleeve2 keys of " | name of the sender 6 [| lane 1], 36 )
 *      = key 32 | salt 4
 * </pre>
 *
 * <p>Texts of variable length are preceded by their length in two bytes. Sessions of one sender are
 * numbered from 0; only the others' number is written.
 */
final class KeySchedule {
  private static final byte[] TRANSCRIPT_LABEL =
      "weft sleeve2 1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] KEYS_LABEL = "sleeve2 keys of ".getBytes(StandardCharsets.US_ASCII);
  private static final int SALT_BYTES = 4;

  private KeySchedule() {}

  /**
   * What both ends know of a connection before they agree on keys.
   *
   * @param diallerFeature value of the key {@code Sleeve2} that the dialling end announced
   * @param diallerSessions how many the dialling end sends under
   */
  record Context(
      long connectionUid,
      PeerName dialler,
      PeerName acceptor,
      String diallerFeature,
      String acceptorFeature,
      Aead aead,
      int diallerSessions,
      int acceptorSessions) {
    /** Under how many sessions an end sends. */
    int sessionsFrom(boolean fromDialler) {
      return fromDialler ? diallerSessions : acceptorSessions;
    }
  }

  /**
   * The keys of one epoch.
   *
   * @param fromDialler seals what the dialling end sends, one for each session
   */
  record Keys(List<SealingKey> fromDialler, List<SealingKey> fromAcceptor) {}

  /** SHA-256 over everything both ends have said; {@code offer} and {@code answer} whole. */
  static byte[] transcript(Context context, byte[] offer, byte[] answer) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(TRANSCRIPT_LABEL);
      byte[] uid = new byte[Long.BYTES];
      for (int i = 0; i < uid.length; i++) {
        uid[i] = (byte) (context.connectionUid >>> (8 * (uid.length - 1 - i)));
      }
      digest.update(uid);
      digest.update(context.dialler.toBytes());
      digest.update(context.acceptor.toBytes());
      update(digest, context.diallerFeature.getBytes(StandardCharsets.UTF_8));
      update(digest, context.acceptorFeature.getBytes(StandardCharsets.UTF_8));
      update(digest, offer);
      update(digest, answer);
      return digest.digest();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Derives the keys of both directions.
   *
   * @param sessionKey 32 bytes of the mesh connection
   * @param hybridSecret 64 bytes of X25519 and ML-KEM-768; wiped
   */
  static Keys derive(Context context, byte[] sessionKey, byte[] hybridSecret, byte[] transcript) {
    byte[] material = Arrays.copyOf(sessionKey, sessionKey.length + hybridSecret.length);
    System.arraycopy(hybridSecret, 0, material, sessionKey.length, hybridSecret.length);
    try {
      return new Keys(
          keys(context, material, transcript, true), keys(context, material, transcript, false));
    } finally {
      SessionKey.wipe(material);
      SessionKey.wipe(hybridSecret);
    }
  }

  private static List<SealingKey> keys(
      Context context, byte[] material, byte[] transcript, boolean fromDialler) {
    PeerName sender = fromDialler ? context.dialler : context.acceptor;
    List<SealingKey> keys = new ArrayList<>();
    for (int lane = 0; lane < context.sessionsFrom(fromDialler); lane++) {
      keys.add(key(context, material, transcript, sender, lane));
    }
    return keys;
  }

  private static SealingKey key(
      Context context, byte[] material, byte[] transcript, PeerName sender, int lane) {
    int length = KEYS_LABEL.length + PeerName.BYTES;
    byte[] info = Arrays.copyOf(KEYS_LABEL, lane == 0 ? length : length + 1);
    sender.putInto(info, KEYS_LABEL.length);
    if (lane != 0) {
      info[length] = (byte) lane;
    }
    try {
      HKDFParameterSpec parameters =
          HKDFParameterSpec.ofExtract()
              .addIKM(material)
              .addSalt(transcript)
              .thenExpand(info, SessionKey.BYTES + SALT_BYTES);
      byte[] bytes = KDF.getInstance("HKDF-SHA256").deriveData(parameters);
      int salt = 0;
      for (int i = SessionKey.BYTES; i < bytes.length; i++) {
        salt = salt << 8 | (bytes[i] & 0xff);
      }
      SecretKeySpec key =
          new SecretKeySpec(bytes, 0, SessionKey.BYTES, context.aead.keyAlgorithm());
      SessionKey.wipe(bytes);
      return new SealingKey(context.aead, key, salt);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java 25 platform has HKDF-SHA256", e);
    }
  }

  private static void update(MessageDigest digest, byte[] text) {
    digest.update((byte) (text.length >>> 8));
    digest.update((byte) text.length);
    digest.update(text);
  }
}
