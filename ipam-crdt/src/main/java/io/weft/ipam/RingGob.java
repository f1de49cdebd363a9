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

/** Rings and ranges as gob structs (ipam.md 3.2). Stateless. */
final class RingGob {
  /** A peer name; Go's type is wider, but nothing wider is a name. */
  static final GobType NAME = new GobType.Uint(Byte.SIZE * PeerName.BYTES);

  static final GobType.Slice NAMES = GobType.slice("[]mesh.PeerName", NAME);

  private static final GobType.Struct RANGE =
      GobType.struct(
          "Range", GobType.field("Start", GobType.UINT32), GobType.field("End", GobType.UINT32));

  private static final GobType.Struct ENTRY =
      GobType.struct(
          "",
          GobType.field("Token", GobType.UINT32),
          GobType.field("Peer", NAME),
          GobType.field("Version", GobType.UINT32),
          GobType.field("Free", GobType.UINT32));

  // Places of the fields.
  private static final int TOKEN = 0;
  private static final int PEER = 1;
  private static final int VERSION = 2;
  private static final int FREE = 3;
  private static final int FIELDS = 4;

  static final GobType.Struct RING =
      GobType.struct(
          "Ring",
          GobType.field("Start", GobType.UINT32),
          GobType.field("End", GobType.UINT32),
          GobType.field("Peer", NAME),
          GobType.field("Entries", GobType.table("entries", ENTRY)),
          GobType.field("Seeds", NAMES));

  private RingGob() {}

  static byte[] encodeRange(AddressRange range) {
    GobStruct.Builder value = GobStruct.builder(RANGE);
    putRange(value, range);
    return new GobWriter().write(value.build()).toBytes();
  }

  /** Reads a range; values behind it are left to extensions (mesh.md 14). */
  static AddressRange decodeRange(byte[] bytes, int offset) throws GobException {
    GobReader reader = new GobReader(bytes, offset, bytes.length - offset);
    GobStruct value = reader.readStruct(RANGE);
    return range(value, reader.position());
  }

  static GobStruct toStruct(Ring ring) {
    GobStruct.Builder value = GobStruct.builder(RING);
    putRange(value, ring.universe());
    return value
        .uint("Peer", ring.self().value())
        .table("Entries", cells(ring.entries()))
        .slice("Seeds", names(ring.seeds()))
        .build();
  }

  private static long[] cells(List<RingEntry> entries) {
    long[] cells = new long[FIELDS * entries.size()];
    int start = 0;
    for (RingEntry entry : entries) {
      cells[start + TOKEN] = entry.token();
      cells[start + PEER] = entry.peer().value();
      cells[start + VERSION] = entry.version();
      cells[start + FREE] = entry.free();
      start += FIELDS;
    }
    return cells;
  }

  /** Reads a ring without looking at its invariants. */
  static Ring ring(GobStruct value, int position) throws GobException {
    long[] cells = value.table("Entries");
    int count = cells.length / FIELDS;
    if (count > IpamProtocol.MAX_RING_ENTRIES) {
      throw new GobException(position, "ring of " + count + " entries");
    }
    List<RingEntry> entries = new ArrayList<>(count);
    for (int start = 0; start < cells.length; start += FIELDS) {
      entries.add(
          new RingEntry(
              cells[start + TOKEN],
              new PeerName(cells[start + PEER]),
              cells[start + VERSION],
              cells[start + FREE]));
    }
    return new Ring(
        range(value, position),
        new PeerName(value.uint("Peer")),
        entries,
        names(value, "Seeds", position));
  }

  static List<GobValue> names(List<PeerName> peers) {
    return peers.stream().map(peer -> GobValue.uint(peer.value())).toList();
  }

  static List<PeerName> names(GobStruct value, String field, int position) throws GobException {
    List<GobValue> elements = value.slice(field);
    if (elements.size() > IpamProtocol.MAX_SEEDS) {
      throw new GobException(position, "list of " + elements.size() + " peers");
    }
    return elements.stream().map(element -> new PeerName(element.asUint())).toList();
  }

  static void requireEnd(GobReader reader) throws GobException {
    if (!reader.atEnd()) {
      throw new GobException(reader.position(), "extra data behind the value");
    }
  }

  private static void putRange(GobStruct.Builder value, AddressRange range) {
    // On the wire the end of a range up to the last address is 0, as in 32-bit arithmetic.
    value.uint("Start", range.start()).uint("End", range.end() % Ipv4.LIMIT);
  }

  private static AddressRange range(GobStruct value, int position) throws GobException {
    long start = value.uint("Start");
    long end = value.uint("End");
    if (end == 0 && start > 0) {
      end = Ipv4.LIMIT;
    }
    if (end <= start) {
      throw new GobException(
          position, "range from " + Ipv4.format(start) + " to " + Ipv4.format(end));
    }
    return new AddressRange(start, end);
  }
}
