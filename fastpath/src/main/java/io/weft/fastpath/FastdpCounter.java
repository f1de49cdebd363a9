package io.weft.fastpath;

/** What the programs in the kernel count, in the order of {@code enum counter} in fastdp.h. */
public enum FastdpCounter {
  /** Frames of this host sent to the one peer that has their destination. */
  SENT_UNICAST,
  /** Copies of frames sent along broadcast trees. */
  SENT_FLOODED,
  /** Frames of peers for this host. */
  RECEIVED,
  /** Frames of peers sent on to other peers without a way through user space. */
  RELAYED,
  /** Frames handed to user space, which carries them on by another overlay. */
  PUNTED,
  /** Frames left to the bridge because their destination is on this host. */
  LEFT_LOCAL,
  /** Frames taken for heartbeats. */
  HEARTBEATS,
  /** Addresses that moved to another host. */
  MOVED,
  /** Frames without a whole Ethernet header or without a source. */
  DROPPED_SHORT,
  /** Spanning tree frames, which stay on their host. */
  DROPPED_STP,
  /** Frames of this host whose source address came from a peer a moment ago. */
  DROPPED_CONFLICT,
  /** Frames toward a peer that no connection leads to, or that came before any route. */
  DROPPED_NO_ROUTE,
  /** Frames that name a short id of no known peer. */
  DROPPED_UNKNOWN_PEER,
  /** Frames from an address that is none of a neighbour's. */
  DROPPED_UNKNOWN_SOURCE,
  /** Frames of peers that name this router as their source. */
  DROPPED_LOOP,
  /** Frames to be relayed to where they came from. */
  DROPPED_HAIRPIN,
  /** Frames that the kernel refused to wrap, to unwrap or to copy. */
  DROPPED_ENCAPSULATION,
  /** Reports to user space that did not fit: heartbeats and sightings of addresses. */
  EVENTS_LOST,
  /** Addresses not learned because the table is full; traffic to them is flooded. */
  MACS_TABLE_FULL,
  /** Of the frames sent to one peer, those that did not pass the bridge. */
  SENT_DIRECT,
  /** Of the frames received, those given to their container without passing the bridge. */
  RECEIVED_DIRECT
}
