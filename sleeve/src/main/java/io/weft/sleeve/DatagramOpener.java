package io.weft.sleeve;

import io.weft.gossip.crypto.SecretBox;
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

  private static final int SEQUENCE = SleeveProtocol.NAME_BYTES;
  private static final int TAG = SEQUENCE + SleeveProtocol.SEQUENCE_BYTES;

  private final SecretBox box;
  private final ReplayWindow dontFragmentStream = new ReplayWindow();
  private final ReplayWindow mayFragmentStream = new ReplayWindow();

  /** An opener for what the other side sends; {@code dialler} says whether this side dialled. */
  DatagramOpener(byte[] key, boolean dialler) {
    box = new SecretBox(key, DatagramSealer.polarity(!dialler));
  }

  /**
   * Opens the datagram at {@code offset}.
   *
   * @param length of the whole datagram, at least 6
   * @param plain receives the frame list at 0; at least 65535 bytes
   * @return length of the frame list, or one of the negative results
   */
  int open(ByteBuffer slab, int offset, int length, byte[] plain) {
    int sealedBytes = length - TAG;
    if (sealedBytes < SleeveProtocol.TAG_BYTES) {
      return sealedBytes < 0 ? TOO_SHORT : NOT_AUTHENTIC;
    }
    long sequence = slab.getLong(offset + SEQUENCE);
    slab.get(offset + TAG, plain, 0, sealedBytes);
    if (!box.open(sequence, plain, 0, sealedBytes, plain, 0)) {
      return NOT_AUTHENTIC;
    }
    boolean dontFragment = (sequence & SleeveProtocol.DF_STREAM) != 0;
    ReplayWindow stream = dontFragment ? dontFragmentStream : mayFragmentStream;
    if (!stream.accept(sequence & ~SleeveProtocol.DF_STREAM)) {
      return REPLAYED;
    }
    return sealedBytes - SleeveProtocol.TAG_BYTES;
  }
}
