package io.weft.fastpath;

import io.weft.linux.LinkStatistics;

/**
 * What is counted of one neighbour by VXLAN in user space, in the order of {@link
 * VxlanForwarder#traffic}.
 */
enum PathCounter {
  /** Frames to it. */
  SENT_PACKETS,
  /** Their bytes. */
  SENT_BYTES,
  /** Frames from it. */
  RECEIVED_PACKETS,
  /** Their bytes. */
  RECEIVED_BYTES,
  /** Frames to it or from it that were lost here. */
  DROPPED;

  /** What a VXLAN device for the neighbour says, which counts frames without their headers. */
  long of(LinkStatistics device) {
    return switch (this) {
      case SENT_PACKETS -> device.sentPackets();
      case SENT_BYTES -> withHeaders(device.sentBytes(), device.sentPackets());
      case RECEIVED_PACKETS -> device.receivedPackets();
      case RECEIVED_BYTES -> withHeaders(device.receivedBytes(), device.receivedPackets());
      case DROPPED -> device.sentDropped() + device.receivedDropped();
    };
  }

  private static long withHeaders(long bytes, long packets) {
    return bytes + packets * FastdpProtocol.ETHERNET_BYTES;
  }
}
