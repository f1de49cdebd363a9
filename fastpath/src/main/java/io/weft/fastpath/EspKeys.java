package io.weft.fastpath;

import io.weft.gossip.PeerName;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/** Keys of ESP (overlay.md C.8.3). */
final class EspKeys {
  /** Bytes of an AES-256 key and the salt after it (RFC 4106). */
  static final int BYTES = 36;

  private static final int INFO_BYTES = 8;

  private EspKeys() {}

  /**
   * The key of packets to a router.
   *
   * @param sessionKey 32 bytes of the mesh connection
   * @param nonce that the receiver has chosen
   * @param receiver the router that packets go to
   */
  static byte[] derive(byte[] sessionKey, byte[] nonce, PeerName receiver) {
    byte[] info = new byte[INFO_BYTES];
    receiver.putInto(info, INFO_BYTES - PeerName.BYTES);
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveData(
              HKDFParameterSpec.ofExtract()
                  .addIKM(sessionKey)
                  .addSalt(nonce)
                  .thenExpand(info, BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java 25 platform has HKDF-SHA256", e);
    }
  }
}
