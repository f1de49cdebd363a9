package io.weft.gossip.gob;

import static io.weft.gossip.gob.GobType.BOOL;
import static io.weft.gossip.gob.GobType.BYTES;
import static io.weft.gossip.gob.GobType.INT64;
import static io.weft.gossip.gob.GobType.STRING;
import static io.weft.gossip.gob.GobType.UINT32;
import static io.weft.gossip.gob.GobType.UINT64;
import static io.weft.gossip.gob.GobType.field;
import static io.weft.gossip.gob.GobType.map;
import static io.weft.gossip.gob.GobType.slice;
import static io.weft.gossip.gob.GobType.struct;

/** The Go types behind the vectors (mesh.md 5.6 and 5.7). */
public final class GobSamples {
  /** See the class. */
  public static final GobType.Struct PEER =
      struct(
          "peerSummary",
          field("NameByte", BYTES),
          field("NickName", STRING),
          field("UID", UINT64),
          field("Version", UINT64),
          field("ShortID", GobType.UINT16),
          field("HasShortID", BOOL));

  static final GobType.Struct CONNECTION =
      struct(
          "connectionSummary",
          field("NameByte", BYTES),
          field("RemoteTCPAddr", STRING),
          field("Outbound", BOOL),
          field("Established", BOOL));

  /** See the class. */
  public static final GobType.Slice CONNECTIONS = slice("", CONNECTION);

  static final GobType.Mapping FEATURES = map("", STRING, STRING);

  /** See the class. */
  public static final GobType.Struct RANGE =
      struct("Range", field("Start", UINT32), field("End", UINT32));

  static final GobType.Struct NODE_ID = struct("", field("Name", UINT64), field("UID", UINT64));

  static final GobType.Struct PROPOSAL_ID =
      struct("ProposalID", field("Round", UINT64), field("Proposer", NODE_ID));

  static final GobType.Struct ACCEPTED_VALUE =
      struct("AcceptedValue", field("Value", slice("Value", UINT64)), field("Origin", PROPOSAL_ID));

  static final GobType.Struct NODE_CLAIMS =
      struct(
          "",
          field("Promise", PROPOSAL_ID),
          field("Accepted", PROPOSAL_ID),
          field("AcceptedVal", ACCEPTED_VALUE));

  static final GobType.Struct ENTRY =
      struct(
          "",
          field("Token", UINT32),
          field("Peer", UINT64),
          field("Version", UINT32),
          field("Free", UINT32));

  static final GobType.Struct DNS_ENTRY =
      struct(
          "Entry",
          field("ContainerID", STRING),
          field("Origin", UINT64),
          field("Addr", UINT32),
          field("Hostname", STRING),
          field("Version", INT64),
          field("Tombstone", INT64));

  /** See the class. */
  public static final GobType.Struct DNS =
      struct(
          "GossipData", field("Timestamp", INT64), field("Entries", slice("Entries", DNS_ENTRY)));

  private GobSamples() {}

  /** IPAM state; the Go package in the names of anonymous types differs between the vectors. */
  public static GobType.Struct ipamState(String goPackage) {
    GobType.Struct ring =
        struct(
            "Ring",
            field("Start", UINT32),
            field("End", UINT32),
            field("Peer", UINT64),
            field("Entries", slice("entries", ENTRY)),
            field("Seeds", slice("[]" + goPackage + ".PeerName", UINT64)));
    return struct(
        "gossipState",
        field("Now", INT64),
        field("Nicknames", map("map[" + goPackage + ".PeerName]string", UINT64, STRING)),
        field("Paxos", map("GossipState", NODE_ID, NODE_CLAIMS)),
        field("Ring", ring));
  }

  /** The type of the first value of a vector. */
  static GobType typeOf(String vector) {
    if (vector.startsWith("topology")) {
      return PEER;
    }
    if (vector.startsWith("features")) {
      return FEATURES;
    }
    if (vector.startsWith("sub-nameserver")) {
      return DNS;
    }
    return vector.equals("sub-ipam-range") ? RANGE : ipamState("main");
  }
}
