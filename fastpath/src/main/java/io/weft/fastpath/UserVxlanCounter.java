package io.weft.fastpath;

/** What VXLAN in user space counts. */
public enum UserVxlanCounter {
  /** Frames sent, each in a datagram of its own; segments of a super-frame count each. */
  FRAMES_SENT,
  /** Bytes of these datagrams. */
  BYTES_SENT,
  /** Frames received. */
  FRAMES_RECEIVED,
  /** Bytes of the datagrams that brought them. */
  BYTES_RECEIVED,
  /** Frames too large for the path, left to another overlay. */
  LEFT_TO_OTHERS,
  /** Heartbeats sent. */
  HEARTBEATS_SENT,
  /** Heartbeats received. */
  HEARTBEATS_RECEIVED,
  /** Heartbeats of no connection here, or of another length than they say. */
  HEARTBEATS_IGNORED,
  /** Super-frames and unfinished frames received as the sender's kernel left them. */
  UNFINISHED_RECEIVED,
  /** Times the kernel or a device refused several datagrams at once. */
  RUNS_REFUSED,
  /** Messages of the network that a path failed. */
  ICMP_ERRORS,
  /** Datagrams that are no VXLAN, or too short for a frame. */
  DROPPED_MALFORMED,
  /** Frames from an address that is none of a neighbour's. */
  DROPPED_UNKNOWN_SOURCE,
  /** Frames that name a short id of no known peer. */
  DROPPED_UNKNOWN_PEER,
  /** Frames whose sender's kernel has left to the device what nobody can make up for any more. */
  DROPPED_UNFINISHED,
  /** Captured frames whose offload does not fit them. */
  DROPPED_BAD_OFFLOAD,
  /** Datagrams that the path does not take, because of their length. */
  DROPPED_PATH_MTU,
  /** Datagrams that the kernel did not take. */
  DROPPED_SEND,
  /** Datagrams toward a neighbour whose connection ends. */
  DROPPED_NO_SOCKET,
  /** Events for the conductor dropped because its queue was full. */
  DROPPED_QUEUE_FULL,
  /** Vectors of frames lost by a fault in what takes them. */
  DROPPED_INTERNAL
}
