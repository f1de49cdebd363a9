package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobStruct;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobValue;
import io.weft.gossip.gob.GobWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The gob form of {@link GossipState} and of Paxos state (ipam.md 3.2). Stateless. */
final class GossipStateCodec {
  /** Rounds above this would leave no room to go on counting; none comes by honest counting. */
  private static final int ROUND_BITS = 62;

  private static final GobType.Struct NODE =
      GobType.struct("", GobType.field("Name", RingGob.NAME), GobType.field("UID", GobType.UINT64));

  private static final GobType.Struct PROPOSAL =
      GobType.struct(
          "ProposalID",
          GobType.field("Round", new GobType.Uint(ROUND_BITS)),
          GobType.field("Proposer", NODE));

  private static final GobType.Struct VALUE =
      GobType.struct(
          "AcceptedValue",
          GobType.field("Value", GobType.slice("Value", RingGob.NAME)),
          GobType.field("Origin", PROPOSAL));

  private static final GobType.Struct CLAIMS =
      GobType.struct(
          "",
          GobType.field("Promise", PROPOSAL),
          GobType.field("Accepted", PROPOSAL),
          GobType.field("AcceptedVal", VALUE));

  private static final GobType.Mapping PAXOS = GobType.map("GossipState", NODE, CLAIMS);

  private static final GobType.Struct STATE =
      GobType.struct(
          "gossipState",
          GobType.field("Now", GobType.INT64),
          GobType.field(
              "Nicknames", GobType.map("map[mesh.PeerName]string", RingGob.NAME, GobType.STRING)),
          GobType.field("Paxos", PAXOS),
          GobType.field("Ring", RingGob.RING));

  private GossipStateCodec() {}

  static byte[] encode(GossipState state) {
    GobStruct.Builder value = GobStruct.builder(STATE).integer("Now", state.unixSeconds());
    List<GobValue.Entry> nicknames = new ArrayList<>();
    state
        .nicknames()
        .forEach((peer, nickname) ->
            nicknames.add(
                new GobValue.Entry(GobValue.uint(peer.value()), GobValue.text(nickname))));
    value.map("Nicknames", nicknames);
    Map<NodeId, NodeClaims> paxos = state.paxos();
    if (paxos != null) {
      value.map("Paxos", entries(paxos));
    }
    Ring ring = state.ring();
    if (ring != null) {
      value.struct("Ring", RingGob.toStruct(ring));
    }
    return new GobWriter().write(value.build()).toBytes();
  }

  /**
   * Reads a state; values behind it are left to extensions (mesh.md 14). A ring without entries
   * reads as none.
   */
  static GossipState decode(byte[] bytes, int offset) throws GobException {
    GobReader reader = new GobReader(bytes, offset, bytes.length - offset);
    GobStruct value = reader.readStruct(STATE);
    int position = reader.position();
    List<GobValue.Entry> paxos = value.map("Paxos");
    GobStruct ring = value.struct("Ring");
    return new GossipState(
        value.integer("Now"),
        nicknames(value.map("Nicknames"), position),
        paxos == null ? null : claims(paxos, position),
        ring == null || ring.table("Entries").length == 0 ? null : RingGob.ring(ring, position));
  }

  static byte[] encodePaxos(Map<NodeId, NodeClaims> claims) {
    return new GobWriter().write(PAXOS, new GobValue.Mapping(entries(claims))).toBytes();
  }

  static Map<NodeId, NodeClaims> decodePaxos(byte[] bytes) throws GobException {
    GobReader reader = new GobReader(bytes);
    List<GobValue.Entry> entries = reader.readMap(PAXOS);
    RingGob.requireEnd(reader);
    return claims(entries, reader.position());
  }

  private static NicknameTable nicknames(@Nullable List<GobValue.Entry> entries, int position)
      throws GobException {
    List<GobValue.Entry> all = entries == null ? List.of() : entries;
    int count = all.size();
    long[] names = new long[count];
    String[] nicknames = new String[count];
    for (int i = 0; i < count; i++) {
      GobValue.Entry entry = all.get(i);
      String nickname = entry.value().asText();
      if (nickname.length() > IpamProtocol.MAX_NICKNAME_LENGTH) {
        throw new GobException(position, "nickname of " + nickname.length() + " characters");
      }
      names[i] = entry.key().asUint();
      nicknames[i] = nickname;
    }
    return NicknameTable.ofPairs(names, nicknames);
  }

  private static List<GobValue.Entry> entries(Map<NodeId, NodeClaims> paxos) {
    List<GobValue.Entry> entries = new ArrayList<>(paxos.size());
    paxos.forEach((node, claims) -> entries.add(new GobValue.Entry(struct(node), struct(claims))));
    return entries;
  }

  private static GobStruct struct(NodeId node) {
    return GobStruct.builder(NODE)
        .uint("Name", node.name().value())
        .uint("UID", node.uid())
        .build();
  }

  private static GobStruct struct(ProposalId proposal) {
    return GobStruct.builder(PROPOSAL)
        .uint("Round", proposal.round())
        .struct("Proposer", struct(proposal.proposer()))
        .build();
  }

  private static GobStruct struct(NodeClaims claims) {
    AcceptedValue accepted = claims.acceptedValue();
    return GobStruct.builder(CLAIMS)
        .struct("Promise", struct(claims.promise()))
        .struct("Accepted", struct(claims.accepted()))
        .struct(
            "AcceptedVal",
            GobStruct.builder(VALUE)
                .slice("Value", RingGob.names(accepted.value()))
                .struct("Origin", struct(accepted.origin()))
                .build())
        .build();
  }

  private static Map<NodeId, NodeClaims> claims(List<GobValue.Entry> entries, int position)
      throws GobException {
    if (entries.size() > IpamProtocol.MAX_PAXOS_NODES) {
      throw new GobException(position, "claims of " + entries.size() + " nodes");
    }
    Map<NodeId, NodeClaims> claims = new TreeMap<>();
    for (GobValue.Entry entry : entries) {
      GobStruct value = entry.value().asStruct();
      GobStruct accepted = value.struct("AcceptedVal");
      AcceptedValue acceptedValue =
          accepted == null
              ? AcceptedValue.NONE
              : new AcceptedValue(
                  RingGob.names(accepted, "Value", position), proposal(accepted.struct("Origin")));
      claims.put(
          node(entry.key().asStruct()),
          new NodeClaims(
              proposal(value.struct("Promise")),
              proposal(value.struct("Accepted")),
              acceptedValue));
    }
    return claims;
  }

  private static NodeId node(@Nullable GobStruct value) {
    return value == null
        ? NodeId.NOBODY
        : new NodeId(new PeerName(value.uint("Name")), value.uint("UID"));
  }

  private static ProposalId proposal(@Nullable GobStruct value) {
    return value == null
        ? ProposalId.NONE
        : new ProposalId(value.uint("Round"), node(value.struct("Proposer")));
  }
}
