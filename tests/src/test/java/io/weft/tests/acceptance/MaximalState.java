package io.weft.tests.acceptance;

import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobStruct;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobValue;
import io.weft.gossip.gob.GobWriter;
import java.util.ArrayList;
import java.util.List;

/** The largest payloads that fit a message, with names that nobody else invents. */
final class MaximalState {
  static final String TOPOLOGY = "topology";
  static final String ADDRESSES = "IPallocation";

  private static final int BUDGET_BYTES = 9_500_000;
  private static final int CONNECTION_BYTES = 36;
  private static final int LONG_ADDRESS_BYTES = 60;
  private static final int NICKNAME_CHARS = 1_000;
  private static final int RING_ENTRIES = 65_000;
  private static final int FIRST_TOKEN = 0x0a220000;
  private static final int UNIVERSE_START = 0x0a200000;
  private static final int UNIVERSE_END = 0x0a300000;
  private static final int TOKEN_STEP = 4;

  private static final GobType.Struct PEER =
      GobType.struct(
          "peerSummary",
          GobType.field("NameByte", GobType.BYTES),
          GobType.field("NickName", GobType.STRING),
          GobType.field("UID", GobType.UINT64),
          GobType.field("Version", GobType.UINT64),
          GobType.field("ShortID", GobType.UINT16),
          GobType.field("HasShortID", GobType.BOOL));
  private static final GobType.Struct CONNECTION =
      GobType.struct(
          "connectionSummary",
          GobType.field("NameByte", GobType.BYTES),
          GobType.field("RemoteTCPAddr", GobType.STRING),
          GobType.field("Outbound", GobType.BOOL),
          GobType.field("Established", GobType.BOOL));
  private static final GobType.Slice CONNECTIONS = GobType.slice("", CONNECTION);

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
  private static final GobType.Struct STATE =
      GobType.struct(
          "gossipState",
          GobType.field("Now", GobType.INT64),
          GobType.field("Nicknames", GobType.map("", GobType.UINT64, GobType.STRING)),
          GobType.field("Ring", RING));

  private MaximalState() {}

  /** So many peers, each connected to the sender and to as many others as there is room for. */
  static byte[] topology(PeerName sender, int number, int peers, long version) {
    boolean longAddresses = version % 2 == 0;
    int each = BUDGET_BYTES / peers / (longAddresses ? LONG_ADDRESS_BYTES : CONNECTION_BYTES);
    GobWriter writer = new GobWriter();
    writeConnected(writer, sender, number, peers, version);
    for (int i = 0; i < peers; i++) {
      PeerName name = invented(number, i);
      writePeer(writer, name, "n".repeat(10), version);
      List<GobValue> connections = new ArrayList<>(each);
      connections.add(connection(sender, "198.51.100.1:6783"));
      for (int j = 1; j < each; j++) {
        String address =
            longAddresses
                ? "[2001:db8:%x:%x:%x:%x::1]:40000".formatted(number, i, j, version & 0xffff)
                : "198.51.100.%d:%d".formatted(j % 250, 10_000 + j % 50_000);
        connections.add(connection(invented(number, j == i ? 0 : j), address));
      }
      writer.write(CONNECTIONS, new GobValue.Slice(connections));
    }
    return writer.toBytes();
  }

  /** As many peers as there is room for, with nicknames as long as can be. */
  static byte[] nicknames(PeerName sender, int number, long version) {
    int peers = BUDGET_BYTES / (NICKNAME_CHARS * 3);
    GobWriter writer = new GobWriter();
    writeConnected(writer, sender, number, peers, version);
    for (int i = 0; i < peers; i++) {
      writePeer(writer, invented(number, i), "\u4e2d".repeat(NICKNAME_CHARS), version);
      writer.write(CONNECTIONS, new GobValue.Slice(List.of(connection(sender, "198.51.100.1:1"))));
    }
    return writer.toBytes();
  }

  /** A ring of as many entries as we accept, in space that nobody uses, and long nicknames. */
  static byte[] ring(PeerName sender, int number, PeerName owner, PeerName other, long version) {
    List<GobValue> entries = new ArrayList<>(RING_ENTRIES);
    entries.add(entry(UNIVERSE_START, owner, 0, 0));
    for (int i = 0; i < RING_ENTRIES; i++) {
      entries.add(
          entry(FIRST_TOKEN + i * TOKEN_STEP, invented(number, i % 1_000), version, TOKEN_STEP));
    }
    entries.add(entry((UNIVERSE_START + UNIVERSE_END) / 2, other, 0, 0));
    GobStruct ring =
        GobStruct.builder(RING)
            .uint("Start", UNIVERSE_START)
            .uint("End", UNIVERSE_END)
            .uint("Peer", sender.value())
            .slice("Entries", entries)
            .slice("Seeds", List.of(GobValue.uint(owner.value()), GobValue.uint(other.value())))
            .build();
    List<GobValue.Entry> names = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      names.add(
          new GobValue.Entry(
              GobValue.uint(invented(number, i).value()), GobValue.text("\u4e2d".repeat(250))));
    }
    return new GobWriter()
        .write(
            GobStruct.builder(STATE)
                .integer("Now", 1)
                .map("Nicknames", names)
                .struct("Ring", ring)
                .build())
        .toBytes();
  }

  /** The sender's own record, so that whoever it invents can be reached. */
  private static void writeConnected(
      GobWriter writer, PeerName sender, int number, int peers, long version) {
    writePeer(writer, sender, "scripted", version);
    List<GobValue> connections = new ArrayList<>(peers);
    for (int i = 0; i < peers; i++) {
      connections.add(connection(invented(number, i), "198.51.100.2:6783"));
    }
    writer.write(CONNECTIONS, new GobValue.Slice(connections));
  }

  private static void writePeer(GobWriter writer, PeerName name, String nickname, long version) {
    writer.write(
        GobStruct.builder(PEER)
            .bytes("NameByte", name.toBytes())
            .text("NickName", nickname)
            .uint("UID", 1)
            .uint("Version", version)
            .uint("ShortID", name.value() & 0xfff)
            .bool("HasShortID", true)
            .build());
  }

  private static GobValue connection(PeerName remote, String address) {
    return GobStruct.builder(CONNECTION)
        .bytes("NameByte", remote.toBytes())
        .text("RemoteTCPAddr", address)
        .bool("Outbound", true)
        .bool("Established", true)
        .build();
  }

  private static GobValue entry(int token, PeerName peer, long version, long free) {
    return GobStruct.builder(ENTRY)
        .uint("Token", Integer.toUnsignedLong(token))
        .uint("Peer", peer.value())
        .uint("Version", version)
        .uint("Free", free)
        .build();
  }

  private static PeerName invented(int number, int index) {
    return new PeerName(0x0600_0000_0000L | (long) number << 20 | index);
  }
}
