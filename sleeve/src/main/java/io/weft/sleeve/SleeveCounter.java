package io.weft.sleeve;

/** What the user-space overlay counts; each is a total since the start. */
public enum SleeveCounter {
  /** Datagrams handed to the kernel. */
  DATAGRAMS_SENT,
  /** Datagrams taken from the kernel, good or bad. */
  DATAGRAMS_RECEIVED,
  /** Frames in the datagrams handed to the kernel, heartbeats and probes included. */
  FRAMES_SENT,
  /** Frames handed to the router. */
  FRAMES_RECEIVED,
  /** UDP payload bytes handed to the kernel. */
  BYTES_SENT,
  /** UDP payload bytes taken from the kernel, good or bad. */
  BYTES_RECEIVED,
  /** Frames cut into several because the path does not fragment (overlay.md B.12). */
  FRAMES_FRAGMENTED,
  /** "Fragmentation needed" messages made for containers (overlay.md B.11). */
  FRAGMENTATION_NEEDED_SENT,
  /** Times a device refused runs of datagrams; that connection sends them one by one. */
  RUNS_REFUSED,
  /** Asynchronous ICMP errors reported by a connected socket; the path is tried again. */
  ICMP_ERRORS,
  /** Datagrams too short to name a sender. */
  DROPPED_TOO_SHORT,
  /** Datagrams whose sender has no confirmed connection. */
  DROPPED_UNKNOWN_SENDER,
  /** Datagrams that do not authenticate under the connection's session key. */
  DROPPED_NOT_AUTHENTIC,
  /** Authentic datagrams seen before or too old to tell (overlay.md B.4). */
  DROPPED_REPLAYED,
  /** Datagrams whose frame list does not end where the datagram does. */
  DROPPED_MALFORMED,
  /** Frames shorter than an Ethernet header, or that name no peer. */
  DROPPED_BAD_FRAME,
  /** Heartbeats and probes not from the neighbour to this router, or of another connection. */
  DROPPED_FOREIGN_SPECIAL,
  /** Heartbeats and probes that found the conductor's queue full. */
  DROPPED_QUEUE_FULL,
  /** Runs of datagrams for another worker that had too many already. */
  DROPPED_WORKER_BUSY,
  /** Frames for a neighbour whose address is not known yet, or whose connection has ended. */
  DROPPED_NO_REMOTE,
  /** Frames that no datagram can carry. */
  DROPPED_TOO_BIG,
  /** Frames that leave to the device what does not agree with them. */
  DROPPED_BAD_OFFLOAD,
  /** Datagrams that the kernel refused because they exceed the path MTU; the search restarts. */
  DROPPED_PATH_MTU,
  /** Datagrams that found the socket's send buffer full, or hit an asynchronous ICMP error. */
  DROPPED_SEND,
  /** Vectors of datagrams lost to a fault in this router; the log says more. */
  DROPPED_INTERNAL;
}
