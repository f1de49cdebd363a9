package io.weft.gossip;

import java.util.List;

/**
 * A peer as the topology knows it, for status and report (ipam.md 9.4, 9.5).
 *
 * @param nickName with control characters replaced
 * @param uid unsigned 64 bits; 0 for a peer known only as somebody's neighbour
 * @param shortId 0 to 4095; 0 also when the peer has none
 * @param version unsigned 64 bits
 * @param establishedConnections how many of its connections it takes for established
 * @param connections in order of name; made anew each time they are looked at, immutable
 */
public record PeerStatus(
    PeerName name,
    String nickName,
    long uid,
    int shortId,
    long version,
    int establishedConnections,
    List<PeerStatus.Link> connections) {
  /**
   * A connection as its owner announces it.
   *
   * @param name the remote peer
   * @param nickName the remote peer's, empty when unknown
   * @param address the remote peer's {@code IP:port} as the owner sees it
   * @param outbound the owner dialled
   * @param established an overlay works as the owner sees it
   */
  public record Link(
      PeerName name, String nickName, String address, boolean outbound, boolean established) {}
}
