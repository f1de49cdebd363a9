package io.weft.sleeve.v2;

/** What {@code sleeve2} counts; each is a total since the start. */
public enum Sleeve2Counter {
  /** Datagrams handed to the kernel. */
  DATAGRAMS_SENT,
  /** Aggregates of records sealed, or made without a key. */
  AGGREGATES_SENT,
  /** Frames in them; a super-frame counts once. */
  FRAMES_SENT,
  /** UDP payload bytes handed to the kernel. */
  BYTES_SENT,
  /** Datagrams taken from the kernel, good or bad. */
  DATAGRAMS_RECEIVED,
  /** Aggregates that have arrived whole and authentic. */
  AGGREGATES_RECEIVED,
  /** Frames handed to the router; a super-frame counts once. */
  FRAMES_RECEIVED,
  /** UDP payload bytes taken from the kernel, good or bad. */
  BYTES_RECEIVED,
  /** Key agreements completed, the first one of each connection included. */
  KEYS_CHANGED,
  /** Times a device refused runs of datagrams; that connection sends them one by one. */
  RUNS_REFUSED,
  /** Asynchronous ICMP errors reported by a socket; the path is tried again. */
  ICMP_ERRORS,
  /** Control messages that made no sense at their time. */
  CONTROL_IGNORED,
  /** Records of a kind that this version does not know. */
  RECORDS_IGNORED,
  /** Datagrams too short for a header. */
  DROPPED_TOO_SHORT,
  /** Datagrams whose index belongs to no connection. */
  DROPPED_UNKNOWN_INDEX,
  /** Datagrams whose header contradicts itself or their length, and records that do. */
  DROPPED_MALFORMED,
  /** Aggregates that do not authenticate under the connection's key. */
  DROPPED_NOT_AUTHENTIC,
  /** Datagrams or aggregates seen before, or too old to tell. */
  DROPPED_REPLAYED,
  /** Aggregates given up because pieces of them were missing. */
  DROPPED_INCOMPLETE,
  /** Frames shorter than an Ethernet header, or that name no peer. */
  DROPPED_BAD_FRAME,
  /** Frames whose offload does not fit them. */
  DROPPED_BAD_OFFLOAD,
  /** Heartbeats, probes and reports that found the conductor's queue full. */
  DROPPED_QUEUE_FULL,
  /** Runs of datagrams for another worker that had too many already. */
  DROPPED_WORKER_BUSY,
  /** Records whose connection has ended or lost its address meanwhile. */
  DROPPED_NO_REMOTE,
  /** Datagrams that the kernel refused because they exceed the path MTU; the search restarts. */
  DROPPED_PATH_MTU,
  /** Datagrams that found the socket's send buffer full, or hit an error. */
  DROPPED_SEND;
}
