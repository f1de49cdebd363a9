package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;

/** Topology payloads about peers that do not exist. */
public final class Invented {
  private Invented() {}

  /** So many peers without connections. */
  public static byte[] peers(int count) {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      peers.add(peer(1_000_000 + i));
    }
    return payload(peers);
  }

  /** One peer that has dialled so many others, each at an address of its own. */
  public static byte[] connections(int count) {
    List<Connection> connections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String address = "10.%d.%d.1:6783".formatted(i / 256, i % 256);
      connections.add(new Connection(new PeerName(2_000_000 + i), address, true, true));
    }
    Peer peer = peer(1_000_000);
    peer.replaceConnections(connections);
    return payload(List.of(peer));
  }

  private static byte[] payload(List<Peer> peers) {
    EncodedRecords records = new EncodedRecords();
    return EncodedRecord.payload(peers.stream().map(records::of).toList());
  }

  private static Peer peer(long name) {
    Peer peer = new Peer(new PeerName(name));
    peer.describe("", 1, 1);
    return peer;
  }
}
