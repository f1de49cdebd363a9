package io.weft.gossip.topology;

import io.weft.gossip.gob.GobStruct;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobValue;
import io.weft.gossip.gob.GobWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One peer's entry of a topology payload (mesh.md 5.6) as bytes: its summary and its connections,
 * without the definitions of their types. An entry reads the same wherever it stands in a payload,
 * so one is made for each version of a record and goes to every neighbour.
 */
final class EncodedRecord {
  // By specification (mesh.md 5.6): names and order of fields.
  static final GobType.Struct PEER =
      GobType.struct(
          "peerSummary",
          GobType.field("NameByte", GobType.BYTES),
          GobType.field("NickName", GobType.STRING),
          GobType.field("UID", GobType.UINT64),
          GobType.field("Version", GobType.UINT64),
          GobType.field("ShortID", GobType.UINT16),
          GobType.field("HasShortID", GobType.BOOL));
  static final GobType.Struct CONNECTION =
      GobType.struct(
          "connectionSummary",
          GobType.field("NameByte", GobType.BYTES),
          GobType.field("RemoteTCPAddr", GobType.STRING),
          GobType.field("Outbound", GobType.BOOL),
          GobType.field("Established", GobType.BOOL));
  static final GobType.Slice CONNECTIONS = GobType.slice("", CONNECTION);

  // Places of the fields of a connection.
  static final int REMOTE = 0;
  static final int ADDRESS = 1;
  static final int OUTBOUND = 2;
  static final int ESTABLISHED = 3;

  // Our choice.
  /** The id that recorded Weave Net routers give the summary; any would do. */
  private static final int FIRST_TYPE_ID = 66;

  private static final byte[] PEER_DEFINITION;
  private static final byte[] CONNECTIONS_DEFINITION;

  static {
    GobWriter writer = new GobWriter(FIRST_TYPE_ID);
    PEER_DEFINITION = writer.define(PEER).take();
    CONNECTIONS_DEFINITION = writer.define(CONNECTIONS).take();
  }

  private final byte[] summary;
  private final byte[] connections;

  private EncodedRecord(byte[] summary, byte[] connections) {
    this.summary = summary;
    this.connections = connections;
  }

  /** A writer to which all types are known. */
  static GobWriter writer() {
    GobWriter writer = new GobWriter(FIRST_TYPE_ID);
    writer.define(PEER).define(CONNECTIONS).take();
    return writer;
  }

  /** Encodes what a peer says now, with a {@link #writer}. */
  static EncodedRecord of(Peer peer, GobWriter writer) {
    byte[] summary = writer.write(summary(peer)).take();
    return new EncodedRecord(
        summary, writer.write(CONNECTIONS, connections(peer.connections())).take());
  }

  private static GobStruct summary(Peer peer) {
    Integer shortId = peer.shortId();
    return GobStruct.builder(PEER)
        .bytes("NameByte", peer.name().toBytes())
        .text("NickName", peer.nickName())
        .uint("UID", peer.uid())
        .uint("Version", peer.version())
        .uint("ShortID", shortId == null ? 0 : shortId)
        .bool("HasShortID", shortId != null)
        .build();
  }

  private static GobValue connections(ConnectionList list) {
    List<GobValue> connections = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      connections.add(
          GobStruct.builder(CONNECTION)
              .bytes("NameByte", list.remote(i).toBytes())
              .text("RemoteTCPAddr", list.address(i))
              .bool("Outbound", list.outbound(i))
              .bool("Established", list.established(i))
              .build());
    }
    return new GobValue.Slice(connections);
  }

  /** Bytes of both parts. */
  int size() {
    return summary.length + connections.length;
  }

  /** A payload of some entries: each type is defined before the first value of it. */
  static byte[] payload(List<EncodedRecord> records) {
    if (records.isEmpty()) {
      return new byte[0];
    }
    int size = PEER_DEFINITION.length + CONNECTIONS_DEFINITION.length;
    for (EncodedRecord record : records) {
      size += record.summary.length + record.connections.length;
    }
    EncodedRecord first = records.getFirst();
    ByteBuffer out = ByteBuffer.allocate(size).put(PEER_DEFINITION).put(first.summary);
    out.put(CONNECTIONS_DEFINITION).put(first.connections);
    for (EncodedRecord record : records.subList(1, records.size())) {
      out.put(record.summary).put(record.connections);
    }
    return out.array();
  }
}
