package io.weft.gossip.topology;

import java.util.List;

/** What routers that know the extension {@code delta} tell one another (docs/protocol.md). */
public sealed interface DeltaMessage {
  /** The hash of the sender's whole state of a channel. */
  record Digest(String channel, long hash) implements DeltaMessage {}

  /** Asks for the whole state of a channel. */
  record Pull(String channel) implements DeltaMessage {}

  /**
   * Which records of peers the sender has.
   *
   * @param isComplete whether it has no others
   */
  record Summary(boolean isComplete, List<PeerVersion> peers) implements DeltaMessage {}

  /** Asks for newer records of peers than those the sender has. */
  record Request(List<PeerVersion> peers) implements DeltaMessage {}

  /** Newer records of peers. */
  record Delta(List<PeerChange> changes) implements DeltaMessage {}
}
