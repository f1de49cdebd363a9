package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * NaCl's secretbox, XSalsa20-Poly1305, for one direction of a connection, by libsodium on direct
 * buffers (overlay.md B.3). Neither sealing nor opening copies anything to the heap or allocates.
 *
 * <p>The nonce is one byte that tells directions apart, 15 zero bytes and a big-endian number. Only
 * the number varies, so the subkey is derived once. A number must never be used twice to seal under
 * the same key and first byte. For one thread at a time.
 *
 * <pre>
 *  secretbox:  | key of the tag 32 |  text          | rest of a round |
 *  in memory:  |    16   | tag 16  |  text          |  what is behind |
 * </pre>
 *
 * <p>One run of the cipher over the line above does all: its first 32 bytes yield the key of the
 * tag, and the run goes on to the end of a round, because the library's vector code takes whole
 * rounds in half the time of the pieces of one. Bytes that belong to others are put back.
 */
public final class SodiumSecretBox {
  /** Bytes that sealing adds. */
  public static final int TAG_BYTES = 16;

  /** Bytes before the text that a run begins with. */
  public static final int LEAD_BYTES = 32;

  /** Bytes behind the text that make a run fastest; fewer are enough. */
  public static final int SLACK_BYTES = 511;

  private static final int KEY_BYTES = 32;
  private static final int NONCE_PREFIX_BYTES = 16;

  // What the vector code for x86-64 takes at once: 8 blocks of 64 bytes. Others gain nothing.
  private static final int ROUND_BYTES =
      System.getProperty("os.arch", "").equals("amd64") ? SLACK_BYTES + 1 : 1;

  // Where in this box's memory its key, its nonces' prefix and number, and its subkey are.
  private static final int KEY = 0;
  private static final int PREFIX = KEY_BYTES;
  private static final int NUMBER = PREFIX + NONCE_PREFIX_BYTES;
  private static final int SUBKEY = NUMBER + Long.BYTES;
  private static final int MEMORY_BYTES = SUBKEY + KEY_BYTES;

  private final Sodium.Functions sodium = Sodium.functions();
  private final ByteBuffer memory = ByteBuffer.allocateDirect(MEMORY_BYTES);
  private final long memoryAddress = LibC.address(memory);
  private final ByteBuffer behind = ByteBuffer.allocateDirect(SLACK_BYTES);
  private final BufferAddress sealedAddress = new BufferAddress();
  private final BufferAddress plainAddress = new BufferAddress();

  /**
   * Prepares one direction.
   *
   * @param key 32 bytes, not kept on the heap
   * @param nonceByte first byte of every nonce, 0 to 255
   * @throws IllegalStateException when the host has no libsodium
   */
  public SodiumSecretBox(byte[] key, int nonceByte) {
    if (key.length != KEY_BYTES || nonceByte < 0 || nonceByte > 255) {
      throw new IllegalArgumentException("key of 32 bytes and a nonce byte of 0 to 255 expected");
    }
    memory.put(KEY, key).put(PREFIX, (byte) nonceByte);
    sodium.crypto_core_hsalsa20(
        memoryAddress + SUBKEY, memoryAddress + PREFIX, memoryAddress + KEY, 0);
  }

  /**
   * Seals a text in place; its tag is written before it.
   *
   * @param slab direct buffer, this thread's for the length of the call
   * @param text where the text starts, at least 16; fastest from 32 on
   * @param number the last eight bytes of the nonce
   */
  public void seal(ByteBuffer slab, int text, int length, long number) {
    Objects.checkFromIndexSize(text - TAG_BYTES, TAG_BYTES + length, slab.capacity());
    memory.putLong(NUMBER, number);
    try {
      if (text < LEAD_BYTES) {
        sealAtStart(slab, text, length);
      } else {
        sealInOneRun(slab, text, length);
      }
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Opens a sealed text into another buffer. What is there {@link #LEAD_BYTES} before and up to
   * {@link #SLACK_BYTES} behind the plain text is overwritten; so is the room for the plain text
   * itself, even when the seal is broken.
   *
   * @param sealed direct buffer, left as it is
   * @param text where the sealed text starts, right behind its tag
   * @param number the last eight bytes of the nonce
   * @param plain direct buffer of its own memory
   * @param target where the plain text goes, at least 32
   * @return whether the text is authentic
   */
  public boolean open(
      ByteBuffer sealed, int text, int length, long number, ByteBuffer plain, int target) {
    Objects.checkFromIndexSize(text - TAG_BYTES, TAG_BYTES + length, sealed.capacity());
    int lead = target - LEAD_BYTES;
    Objects.checkFromIndexSize(lead, LEAD_BYTES + length, plain.capacity());
    int run = run(plain, lead, length);
    long address = plainAddress.of(plain, lead, run);
    long tag = sealedAddress.of(sealed, text - TAG_BYTES, TAG_BYTES + length);
    memory.putLong(NUMBER, number);
    plain.put(target, sealed, text, length);
    clear(plain, lead);
    try {
      encrypt(address, run);
      return sodium.crypto_onetimeauth_poly1305_verify(tag, tag + TAG_BYTES, length, address) == 0;
    } finally {
      clear(plain, lead);
      Reference.reachabilityFence(this);
    }
  }

  private void sealInOneRun(ByteBuffer slab, int text, int length) {
    int lead = text - LEAD_BYTES;
    int run = run(slab, lead, length);
    int extra = run - LEAD_BYTES - length;
    long address = sealedAddress.of(slab, lead, run);
    long first = slab.getLong(lead);
    long second = slab.getLong(lead + Long.BYTES);
    behind.put(0, slab, text + length, extra);
    clear(slab, lead);
    encrypt(address, run);
    sodium.crypto_onetimeauth_poly1305(address + TAG_BYTES, address + LEAD_BYTES, length, address);
    slab.putLong(lead, first);
    slab.putLong(lead + Long.BYTES, second);
    slab.put(text + length, behind, 0, extra);
  }

  /** There is no room for a run in one piece before this text. */
  private void sealAtStart(ByteBuffer slab, int text, int length) {
    long tag = sealedAddress.of(slab, text - TAG_BYTES, TAG_BYTES + length);
    sodium.crypto_secretbox_easy(
        tag, tag + TAG_BYTES, length, memoryAddress + PREFIX, memoryAddress + KEY);
  }

  private void encrypt(long address, int bytes) {
    sodium.crypto_stream_salsa20_xor(
        address, address, bytes, memoryAddress + NUMBER, memoryAddress + SUBKEY);
  }

  /** Whole rounds, if the buffer goes on for that long. */
  private static int run(ByteBuffer buffer, int lead, int length) {
    int rounds = (LEAD_BYTES + length + ROUND_BYTES - 1) / ROUND_BYTES * ROUND_BYTES;
    return Math.min(rounds, buffer.capacity() - lead);
  }

  private static void clear(ByteBuffer buffer, int lead) {
    for (int i = lead; i < lead + LEAD_BYTES; i += Long.BYTES) {
      buffer.putLong(i, 0);
    }
  }
}
