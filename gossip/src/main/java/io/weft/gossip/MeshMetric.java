package io.weft.gossip;

/** Everything the mesh counts; each count starts at zero and only grows. */
public enum MeshMetric {
  /** Connections that ended after their handshake. */
  CONNECTIONS_TERMINATED,
  /** Handshakes that completed but were refused: limit, tie-break, collision, no overlay. */
  CONNECTIONS_REFUSED,
  /** Outbound attempts that ended before their handshake was complete. */
  DIALS_FAILED,
  /** Unicasts dropped because too many or too large ones waited already. */
  UNICASTS_DROPPED,
  /** Unicasts dropped because no way to their destination is known. */
  UNICASTS_UNROUTABLE,
  /** Unicasts that would have gone back where they came from. */
  UNICASTS_LOOPED,
  /** Unicasts not passed on because they would harm the peer that they are for. */
  UNICASTS_HARMFUL,
  /** Control messages and heartbeats dropped because a connection took no more bytes. */
  CONTROL_DROPPED,
  /** Our own broadcasts that came back to us. */
  BROADCASTS_RETURNED,
  /** Relays dropped because too many waited for a connection or new routes, or too large. */
  RELAYS_DROPPED,
  /** Payloads, and memories, of unknown channels dropped: too many, or too many bytes waited. */
  SURROGATE_DROPPED,
  /** Messages with an unknown tag, ignored. */
  UNKNOWN_TAGS,
  /** Payloads refused by their channel, each of which closed a connection. */
  PAYLOADS_REFUSED,
  /** Claims about ourselves by others that are newer than what we announced. */
  FOREIGN_CLAIMS,
  /** Peers in topology payloads left out because too many are known. */
  PEERS_DROPPED,
  /** Short id collisions that made us move to another one. */
  SHORT_ID_REASSIGNMENTS,
  /** Addresses learnt from others but not dialled because there were too many. */
  DISCOVERED_DROPPED,
  /** Hashes of a channel's whole state sent in its place. */
  DIGESTS_SENT,
  /** Hashes received that are equal to ours, so that nothing had to be exchanged. */
  DIGESTS_MATCHED,
  /** Calls for a channel's whole state after hashes differed. */
  PULLS_SENT,
  /** Lists sent of which records of peers we have. */
  SUMMARIES_SENT,
  /** Requests sent for newer records of peers. */
  REQUESTS_SENT,
  /** Records of peers requested that did not come in time. */
  REQUESTS_UNANSWERED,
  /** Messages sent with newer records of peers, whole or as differences. */
  DELTAS_SENT,
  /** Digests, calls and offers not answered: too soon after others, or too many. */
  EXCHANGES_SKIPPED,
  /** Bytes of the messages that these counts are about, before sealing. */
  DELTA_BYTES_SENT
}
