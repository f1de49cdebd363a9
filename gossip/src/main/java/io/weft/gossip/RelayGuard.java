package io.weft.gossip;

import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.wire.MeshMessage;
import org.jspecify.annotations.Nullable;

/** Keeps from neighbours what would bring a Weave Net router down (mesh.md 5.7, 13 S6, S7). */
final class RelayGuard {
  // By specification (ipam.md 3): the channel, and the struct behind the byte of each kind.
  private static final String ADDRESS_ALLOCATION = "IPallocation";

  private static final GobType.Struct RANGE =
      GobType.struct(
          "Range", GobType.field("Start", GobType.UINT32), GobType.field("End", GobType.UINT32));

  private static final GobType.Struct ENTRY =
      GobType.struct(
          "",
          GobType.field("Token", GobType.UINT32),
          GobType.field("Peer", GobType.UINT64),
          GobType.field("Version", GobType.UINT32),
          GobType.field("Free", GobType.UINT32));

  private static final GobType.Struct RING =
      GobType.struct(
          "Ring",
          GobType.field("Start", GobType.UINT32),
          GobType.field("End", GobType.UINT32),
          GobType.field("Peer", GobType.UINT64),
          GobType.field("Entries", GobType.slice("entries", ENTRY)),
          GobType.field("Seeds", GobType.slice("", GobType.UINT64)));

  private static final GobType.Struct NODE =
      GobType.struct(
          "", GobType.field("Name", GobType.UINT64), GobType.field("UID", GobType.UINT64));

  private static final GobType.Struct PROPOSAL =
      GobType.struct(
          "ProposalID", GobType.field("Round", GobType.UINT64), GobType.field("Proposer", NODE));

  private static final GobType.Struct VALUE =
      GobType.struct(
          "AcceptedValue",
          GobType.field("Value", GobType.slice("Value", GobType.UINT64)),
          GobType.field("Origin", PROPOSAL));

  private static final GobType.Struct CLAIMS =
      GobType.struct(
          "",
          GobType.field("Promise", PROPOSAL),
          GobType.field("Accepted", PROPOSAL),
          GobType.field("AcceptedVal", VALUE));

  private static final GobType.Struct STATE =
      GobType.struct(
          "gossipState",
          GobType.field("Now", GobType.INT64),
          GobType.field("Nicknames", GobType.map("", GobType.UINT64, GobType.STRING)),
          GobType.field("Paxos", GobType.map("", NODE, CLAIMS)),
          GobType.field("Ring", RING));

  private RelayGuard() {}

  /**
   * Whether a unicast must not be passed on. A unicast about the topology makes its receiver close
   * the connection to us, and so does an allocation message that does not decode; one without a
   * kind crashes a Weave Net router, one of unknown kind hangs its reader.
   */
  static boolean isDangerous(MeshMessage.GossipUnicast message) {
    return switch (message.channel()) {
      case TopologyUpkeep.CHANNEL -> true;
      case ADDRESS_ALLOCATION -> !isAllocationMessage(message);
      default -> false;
    };
  }

  private static boolean isAllocationMessage(MeshMessage.GossipUnicast message) {
    int start = message.payloadStart();
    int length = message.payloadEnd() - start;
    GobType.Struct schema = length == 0 ? null : schema(message.data()[start]);
    if (schema == null) {
      return false;
    }
    try {
      // What may follow is left to extensions: no receiver reads it (mesh.md 14).
      var _ = new GobReader(message.data(), start + 1, length - 1).readStruct(schema);
      return true;
    } catch (GobException e) {
      return false;
    }
  }

  /** Space wanted, state, space denied; null for kinds that there are not. */
  private static GobType.@Nullable Struct schema(byte kind) {
    return switch (kind) {
      case 0, 2 -> RANGE;
      case 1 -> STATE;
      default -> null;
    };
  }
}
