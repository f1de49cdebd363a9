package io.weft.gossip.wire;

import io.weft.gossip.gob.GobException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How messages follow one another on the stream; differs between protocol versions. */
sealed interface Framing permits LengthFraming, GobStreamFraming {
  /** The feature map as bytes to send. */
  byte[] frameFeatures(Map<String, String> features, Sealing sealing) throws MeshFaultException;

  /** The feature map received, or null when it is not complete yet. */
  @Nullable Map<String, String> takeFeatures(Inbox inbox, Sealing sealing)
      throws MeshFaultException, GobException;

  /** A message as bytes to send. */
  byte[] frameMessage(MeshMessage message, Sealing sealing) throws MeshFaultException;

  /**
   * The next message received, or null when it is not complete yet. It is decoded where it arrived.
   */
  @Nullable MeshMessage takeMessage(Inbox inbox, Sealing sealing)
      throws MeshFaultException, GobException;

  /** Size of the message that begins the inbox when it is known and not all there; 0 otherwise. */
  int awaited(Inbox inbox);

  /** Refuses a message larger than a limit. */
  static void checkSize(String direction, long size, int limit) throws MeshFaultException {
    if (size < 0 || size > limit) {
      throw new MeshFaultException(
          CloseCause.OVERSIZE,
          "%s message exceeds maximum size: %s > %d"
              .formatted(direction, Long.toUnsignedString(size), limit));
    }
  }
}
