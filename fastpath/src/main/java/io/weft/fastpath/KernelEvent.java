package io.weft.fastpath;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** What the programs tell the router. */
sealed interface KernelEvent {
  /**
   * A heartbeat (overlay.md C.4).
   *
   * @param from outer source address
   * @param frameBytes of the frame as it arrived
   * @param lengthField what the frame says of itself
   * @param token to be sent back, 0 for none
   */
  record Heartbeat(int from, int frameBytes, long connectionUid, int lengthField, long token)
      implements KernelEvent {
    /** Whether all of it has arrived that was sent. */
    boolean isWhole() {
      return frameBytes >= FastdpProtocol.HEARTBEAT_LEAST_BYTES
          && (frameBytes & 0xffff) == lengthField;
    }
  }

  /** An address has another owner now: a short id, or one of {@link Layout}'s. */
  record Learned(long mac, int owner) implements KernelEvent {}

  /** Reads a record of the ring buffer; empty for one of a kind that is not known. */
  static Optional<KernelEvent> read(ByteBuffer event) {
    return switch (event.getInt(0)) {
      case Layout.EVENT_HEARTBEAT -> {
        ByteBuffer head = event.duplicate().order(ByteOrder.BIG_ENDIAN);
        int at = Layout.EVENT_HEAD_OFFSET;
        yield Optional.of(
            new Heartbeat(
                event.getInt(8),
                event.getInt(16),
                head.getLong(at + FastdpProtocol.HEARTBEAT_UID_OFFSET),
                Short.toUnsignedInt(head.getShort(at + FastdpProtocol.HEARTBEAT_LENGTH_OFFSET)),
                head.getLong(at + FastdpProtocol.HEARTBEAT_TOKEN_OFFSET)));
      }
      case Layout.EVENT_LEARNED, Layout.EVENT_MOVED ->
          Optional.of(new Learned(event.getLong(Layout.EVENT_MAC_OFFSET), event.getInt(20)));
      default -> Optional.empty();
    };
  }
}
