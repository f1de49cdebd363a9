package io.weft.fastpath;

/** What the router itself counts of the kernel overlay. */
public enum LaneCounter {
  /** Frames of peers taken from the kernel to be carried on by another overlay. */
  PUNTS_TAKEN,
  /** Such frames that name a peer unknown by now, or that could not be read. */
  PUNTS_DROPPED,
  /** Frames wrapped and sent by the router, as they came by another overlay. */
  USER_SENT,
  /** Frames left to the kernel, which has sent them already. */
  USER_LEFT_TO_KERNEL,
  /** Frames that the router could not send: the socket was full, or the path too narrow. */
  USER_SEND_FAILURES,
  /** Frames too large for the path, and super-frames, left to another overlay. */
  USER_LEFT_TO_OTHERS,
  /** Heartbeats sent. */
  HEARTBEATS_SENT,
  /** Heartbeats that the kernel refused to send. */
  HEARTBEAT_SEND_FAILURES,
  /** Heartbeats of no connection here, or of another length than they say. */
  HEARTBEATS_IGNORED,
  /** Reports of the kernel lost because the conductor's queue was full. */
  REPORTS_DROPPED
}
