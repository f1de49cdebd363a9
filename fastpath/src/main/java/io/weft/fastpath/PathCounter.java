package io.weft.fastpath;

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
  DROPPED
}
