package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** The platform's primitives, as they are used here, against published vectors. */
final class PrimitivesTest {
  private static final HexFormat HEX = HexFormat.of();

  /** Test case 16 of the specification of GCM that was submitted to NIST. */
  @Test
  void aesGcmSealsLikeTheVector() throws Exception {
    sealsAndOpens(
        Aead.AES_256_GCM,
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            + "76fc6ece0f4e1768cddf8853bb2d551b");
  }

  /** RFC 8439, section 2.8.2. */
  @Test
  void chaChaPolySealsLikeTheVector() throws Exception {
    String plain =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
            + "the future, sunscreen would be it.";
    sealsAndOpens(
        Aead.CHACHA20_POLY1305,
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
        "070000004041424344454647",
        "50515253c0c1c2c3c4c5c6c7",
        HEX.formatHex(plain.getBytes(StandardCharsets.US_ASCII)),
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
            + "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
            + "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
            + "3ff4def08e4b7a9de576d26586cec64b6116"
            + "1ae10b594f09e26a7e902ecbd0600691");
  }

  /** RFC 5869, A.1. */
  @Test
  void hkdfDerivesLikeTheVector() throws Exception {
    HKDFParameterSpec parameters =
        HKDFParameterSpec.ofExtract()
            .addIKM(HEX.parseHex("0b".repeat(22)))
            .addSalt(HEX.parseHex("000102030405060708090a0b0c"))
            .thenExpand(HEX.parseHex("f0f1f2f3f4f5f6f7f8f9"), 42);
    assertEquals(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        HEX.formatHex(KDF.getInstance("HKDF-SHA256").deriveData(parameters)));
  }

  private static void sealsAndOpens(
      Aead aead, String key, String nonce, String associated, String plain, String sealed)
      throws Exception {
    SecretKeySpec secret = new SecretKeySpec(HEX.parseHex(key), aead.keyAlgorithm());
    Cipher cipher = aead.newCipher();
    cipher.init(Cipher.ENCRYPT_MODE, secret, aead.nonce(HEX.parseHex(nonce)));
    cipher.updateAAD(HEX.parseHex(associated));
    assertEquals(sealed, HEX.formatHex(cipher.doFinal(HEX.parseHex(plain))));

    Cipher opener = aead.newCipher();
    opener.init(Cipher.DECRYPT_MODE, secret, aead.nonce(HEX.parseHex(nonce)));
    opener.updateAAD(HEX.parseHex(associated));
    assertEquals(plain, HEX.formatHex(opener.doFinal(HEX.parseHex(sealed))));

    byte[] changed = HEX.parseHex(sealed);
    changed[3] ^= 1;
    opener.init(Cipher.DECRYPT_MODE, secret, aead.nonce(HEX.parseHex(nonce)));
    opener.updateAAD(HEX.parseHex(associated));
    assertThrows(AEADBadTagException.class, () -> opener.doFinal(changed));
  }
}
