package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobStruct;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobValue;
import io.weft.gossip.gob.GobWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The payload of the topology channel (mesh.md 5.6): per peer a summary and its connections. No
 * bytes at all are a payload about nobody.
 */
final class TopologyPayload {
  // By specification (mesh.md 5.6): names and order of fields.
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

  // Our choice.
  /** The id that recorded Weave Net routers give the summary; any would do. */
  private static final int FIRST_TYPE_ID = 66;

  /** A payload is begun anew about here, far below the 10 MiB that close a connection (C2). */
  private static final int CHUNK_BYTES = 1 << 20;

  /** Most bytes of the numbers, flags and deltas of one entry. */
  private static final int ENTRY_OVERHEAD_BYTES = 40;

  /** Longest address text that can be one: an IPv6 address with a scope and a port. */
  private static final int MAX_ADDRESS_CHARS = 80;

  /** Longest nickname kept; host names have at most 255 characters. */
  private static final int MAX_NICKNAME_CHARS = 1024;

  private TopologyPayload() {}

  /** Encodes peers; nobody gives no payload. */
  static List<byte[]> encode(Collection<Peer> peers) {
    List<byte[]> payloads = new ArrayList<>();
    GobWriter writer = new GobWriter(FIRST_TYPE_ID);
    int used = 0;
    for (Peer peer : peers) {
      int size = sizeEstimate(peer);
      if (used > 0 && used + size > CHUNK_BYTES) {
        payloads.add(writer.toBytes());
        writer = new GobWriter(FIRST_TYPE_ID);
        used = 0;
      }
      write(writer, peer);
      used += size;
    }
    if (used > 0) {
      payloads.add(writer.toBytes());
    }
    return payloads;
  }

  private static int sizeEstimate(Peer peer) {
    int size = ENTRY_OVERHEAD_BYTES + peer.nickName().length();
    for (Connection connection : peer.connections().values()) {
      size += ENTRY_OVERHEAD_BYTES + connection.remoteTcpAddress().length();
    }
    return size;
  }

  private static void write(GobWriter writer, Peer peer) {
    Integer shortId = peer.shortId();
    writer.write(
        GobStruct.builder(PEER)
            .bytes("NameByte", peer.name().toBytes())
            .text("NickName", peer.nickName())
            .uint("UID", peer.uid())
            .uint("Version", peer.version())
            .uint("ShortID", shortId == null ? 0 : shortId)
            .bool("HasShortID", shortId != null)
            .build());
    List<GobValue> connections = new ArrayList<>(peer.connections().size());
    for (Connection connection : peer.connections().values()) {
      connections.add(
          GobStruct.builder(CONNECTION)
              .bytes("NameByte", connection.remote().toBytes())
              .text("RemoteTCPAddr", connection.remoteTcpAddress())
              .bool("Outbound", connection.outbound())
              .bool("Established", connection.established())
              .build());
    }
    writer.write(CONNECTIONS, new GobValue.Slice(connections));
  }

  /**
   * Decodes a payload. Entries about the reserved name are left out; a peer may come twice.
   *
   * @throws GossipException when any part of it is malformed or it has more peers than we keep
   */
  static List<PeerRecord> decode(byte[] payload) throws GossipException {
    List<PeerRecord> records = new ArrayList<>();
    int connections = 0;
    GobReader reader = new GobReader(payload);
    try {
      for (int count = 0; !reader.atEnd(); count++) {
        if (count == Topology.MAX_PEERS) {
          throw new GossipException("topology: more than " + Topology.MAX_PEERS + " peers");
        }
        PeerRecord peer = read(reader);
        connections += peer.connections().size();
        if (connections > Topology.MAX_CONNECTIONS) {
          throw new GossipException(
              "topology: more than " + Topology.MAX_CONNECTIONS + " connections");
        }
        if (!peer.name().equals(PeerName.UNKNOWN)) {
          records.add(peer);
        }
      }
    } catch (GobException e) {
      throw new GossipException("topology: " + e.getMessage(), e);
    }
    return records;
  }

  /** As much of a nickname as we keep. */
  static String cutNickName(String nickName) {
    return nickName.length() > MAX_NICKNAME_CHARS
        ? nickName.substring(0, MAX_NICKNAME_CHARS)
        : nickName;
  }

  private static PeerRecord read(GobReader reader) throws GobException, GossipException {
    GobStruct summary = reader.readStruct(PEER);
    PeerName name = name(summary.bytes("NameByte"));
    String nickName = summary.text("NickName");
    long shortId = summary.uint("ShortID");
    boolean hasShortId = summary.bool("HasShortID") && shortId < ShortIds.COUNT;
    List<GobValue> elements = reader.readSlice(CONNECTIONS);
    if (elements.size() > Topology.MAX_PEERS) {
      throw new GossipException(
          "topology: more than " + Topology.MAX_PEERS + " connections of " + name);
    }
    List<Connection> connections = new ArrayList<>(elements.size());
    for (GobValue element : elements) {
      GobStruct fields = element.asStruct();
      PeerName remote = name(fields.bytes("NameByte"));
      if (!remote.equals(PeerName.UNKNOWN) && !remote.equals(name)) {
        connections.add(
            new Connection(
                remote,
                address(fields.text("RemoteTCPAddr")),
                fields.bool("Outbound"),
                fields.bool("Established")));
      }
    }
    return new PeerRecord(
        name,
        cutNickName(nickName),
        summary.uint("UID"),
        summary.uint("Version"),
        hasShortId ? (int) shortId : null,
        connections);
  }

  private static String address(String text) {
    return text.length() > MAX_ADDRESS_CHARS ? "" : text;
  }

  private static PeerName name(byte[] bytes) throws GossipException {
    if (bytes.length != PeerName.BYTES) {
      throw new GossipException("topology: peer name of %d bytes".formatted(bytes.length));
    }
    return PeerName.ofBytes(bytes);
  }
}
