package io.weft.gossip.crypto;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * NaCl's secretbox, XSalsa20-Poly1305, for one direction of a connection (mesh.md 2.3).
 *
 * <p>The nonce is one byte that tells directions and channels apart, 15 zero bytes and a big-endian
 * number. Only the number varies, so the subkey is derived once. A number must never be used twice
 * to seal under the same key and first byte.
 *
 * <p>A sealed message is 16 bytes longer than the plain one: its tag comes first. Arrays may be the
 * same: sealing works in place when the plain text starts 16 bytes behind the sealed one, opening
 * works in place when the plain text starts at or up to 16 bytes behind the start of the sealed
 * one. Calls do not allocate, except for the scratch space of direct buffers when it must grow. Not
 * safe for use by several threads.
 */
public final class SecretBox {
  /** Bytes that sealing adds. */
  public static final int OVERHEAD = 16;

  private static final int NONCE_PREFIX_BYTES = 16;
  private static final int MAC_KEY_BYTES = 32;

  private final SalsaStream stream;
  private final Poly1305 mac = new Poly1305();
  private final KeyParameter macKey = new KeyParameter(new byte[MAC_KEY_BYTES]);
  private final byte[] zeros = new byte[MAC_KEY_BYTES];
  private final byte[] tag = new byte[OVERHEAD];
  private byte[] scratch = new byte[0];

  /**
   * Prepares one direction.
   *
   * @param key 32 bytes, not kept
   * @param nonceByte first byte of every nonce, 0 to 255
   */
  public SecretBox(byte[] key, int nonceByte) {
    if (key.length != SessionKey.BYTES || nonceByte < 0 || nonceByte > 255) {
      throw new IllegalArgumentException("key of 32 bytes and a nonce byte of 0 to 255 expected");
    }
    // The key of the authenticator is written into this object for every message.
    byte[] handedOut = macKey.getKey();
    if (handedOut != macKey.getKey()) {
      throw new IllegalStateException("KeyParameter hands out copies of its key");
    }
    byte[] prefix = new byte[NONCE_PREFIX_BYTES];
    prefix[0] = (byte) nonceByte;
    byte[] subkey = SalsaStream.hsalsa20(key, prefix);
    stream = new SalsaStream(subkey);
    SessionKey.wipe(subkey);
  }

  /**
   * Seals {@code length} bytes; {@code length + 16} bytes are written to the target.
   *
   * @param number the last eight bytes of the nonce
   */
  public void seal(
      long number, byte[] plain, int plainOffset, int length, byte[] target, int targetOffset) {
    Objects.checkFromIndexSize(plainOffset, length, plain.length);
    Objects.checkFromIndexSize(targetOffset, length + OVERHEAD, target.length);
    begin(number);
    stream.processBytes(plain, plainOffset, length, target, targetOffset + OVERHEAD);
    mac.update(target, targetOffset + OVERHEAD, length);
    mac.doFinal(target, targetOffset);
  }

  /**
   * Opens a sealed message of {@code length} bytes; {@code length - 16} bytes are written to the
   * target, nothing when it does not open.
   *
   * @param number the last eight bytes of the nonce
   * @return whether the message is authentic
   */
  public boolean open(
      long number, byte[] sealed, int sealedOffset, int length, byte[] target, int targetOffset) {
    Objects.checkFromIndexSize(sealedOffset, length, sealed.length);
    if (length < OVERHEAD) {
      return false;
    }
    int plainLength = length - OVERHEAD;
    Objects.checkFromIndexSize(targetOffset, plainLength, target.length);
    begin(number);
    mac.update(sealed, sealedOffset + OVERHEAD, plainLength);
    mac.doFinal(tag, 0);
    if (!tagEquals(sealed, sealedOffset)) {
      return false;
    }
    stream.processBytes(sealed, sealedOffset + OVERHEAD, plainLength, target, targetOffset);
    return true;
  }

  /** Seals what remains in one buffer into another, which must not share its memory. */
  public void seal(long number, ByteBuffer plain, ByteBuffer target) {
    int length = plain.remaining();
    int sealedLength = length + OVERHEAD;
    Objects.checkFromIndexSize(0, sealedLength, target.remaining());
    byte[] space = scratch(sealedLength);
    plain.get(space, OVERHEAD, length);
    seal(number, space, OVERHEAD, length, space, 0);
    target.put(space, 0, sealedLength);
  }

  /**
   * Opens what remains in one buffer into another; the target is left alone when it does not open.
   *
   * @return whether the message is authentic
   */
  public boolean open(long number, ByteBuffer sealed, ByteBuffer target) {
    int length = sealed.remaining();
    byte[] space = scratch(length);
    sealed.get(space, 0, length);
    if (!open(number, space, 0, length, space, 0)) {
      return false;
    }
    target.put(space, 0, length - OVERHEAD);
    return true;
  }

  /** Overwrites the keys; nothing can be sealed or opened under them afterwards. */
  public void wipe() {
    stream.wipe();
    SessionKey.wipe(macKey.getKey());
    mac.init(macKey);
    SessionKey.wipe(tag);
    SessionKey.wipe(scratch);
  }

  /** The first 32 bytes of the key stream are the authenticator's key, the rest seals. */
  private void begin(long number) {
    stream.start(number);
    stream.processBytes(zeros, 0, MAC_KEY_BYTES, macKey.getKey(), 0);
    mac.init(macKey);
  }

  /** Compares in a time that does not depend on where the tags differ. */
  private boolean tagEquals(byte[] sealed, int offset) {
    int difference = 0;
    for (int i = 0; i < OVERHEAD; i++) {
      difference |= tag[i] ^ sealed[offset + i];
    }
    return difference == 0;
  }

  private byte[] scratch(int length) {
    if (scratch.length < length) {
      SessionKey.wipe(scratch);
      scratch = Arrays.copyOf(scratch, Math.max(length, 2 * scratch.length));
    }
    return scratch;
  }
}
