package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * Opens the neighbour's datagrams of one connection (overlay.md B.3) and refuses what was seen
 * before (B.4). Receive thread.
 */
final class DatagramOpener {
  /** Result of {@link #open}: no room for sequence number and tag. */
  static final int TOO_SHORT = -1;

  /** Result of {@link #open}: not sealed under our key by the neighbour. */
  static final int NOT_AUTHENTIC = -2;

  /** Result of {@link #open}: authentic, but seen before or too old to tell. */
  static final int REPLAYED = -3;

  /** Where the frame list starts in the buffer that {@link #open} fills. */
  static final int FRAMES = DatagramCipher.LEAD_BYTES;

  private static final int SEQUENCE = SleeveProtocol.NAME_BYTES;
  private static final int TAG = SEQUENCE + SleeveProtocol.SEQUENCE_BYTES;

  private final DatagramCipher cipher;
  private final ReplayWindow dontFragmentStream = new ReplayWindow();
  private final ReplayWindow mayFragmentStream = new ReplayWindow();

  /**
   * An opener for what the other side sends.
   *
   * @param dialler this side dialled the TCP connection
   * @param scratch as {@link CipherLibrary#cipher} says
   */
  DatagramOpener(CipherLibrary library, byte[] key, boolean dialler, byte[] scratch) {
    cipher = library.cipher(key, DatagramSealer.polarity(!dialler), scratch);
  }

  /** Room for {@link #open} to fill, for one thread. */
  static ByteBuffer room() {
    return ByteBuffer.allocateDirect(SleeveProtocol.OPENED_BYTES);
  }

  /**
   * Opens the datagram at {@code offset}.
   *
   * @param length of the whole datagram, at least 6
   * @param slab direct and big-endian
   * @param plain made by {@link #room}; receives the frame list at {@link #FRAMES}
   * @return length of the frame list, or one of the negative results
   */
  int open(ByteBuffer slab, int offset, int length, ByteBuffer plain) {
    int sealedBytes = length - TAG;
    if (sealedBytes < SleeveProtocol.TAG_BYTES) {
      return sealedBytes < 0 ? TOO_SHORT : NOT_AUTHENTIC;
    }
    long sequence = slab.getLong(offset + SEQUENCE);
    int plainBytes = sealedBytes - SleeveProtocol.TAG_BYTES;
    int text = offset + TAG + SleeveProtocol.TAG_BYTES;
    if (!cipher.open(slab, text, plainBytes, sequence, plain)) {
      return NOT_AUTHENTIC;
    }
    boolean dontFragment = (sequence & SleeveProtocol.DF_STREAM) != 0;
    ReplayWindow stream = dontFragment ? dontFragmentStream : mayFragmentStream;
    if (!stream.accept(sequence & ~SleeveProtocol.DF_STREAM)) {
      return REPLAYED;
    }
    return plainBytes;
  }
}
