package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobEncoder;
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

/** The values that Weave Net keeps in its database, in its encoding (ipam.md 7). Stateless. */
final class StoredValues {
  private static final GobType.Struct CIDR =
      GobType.struct(
          "CIDR",
          GobType.field("Addr", GobType.UINT32),
          GobType.field("PrefixLen", new GobType.Int(Byte.SIZE)));

  private static final GobType.Struct OWNED_DATA =
      GobType.struct(
          "",
          GobType.field("IsContainer", GobType.BOOL),
          GobType.field("Cidrs", GobType.slice("[]address.CIDR", CIDR)));

  private static final GobType.Mapping OWNED = GobType.map("", GobType.STRING, OWNED_DATA);

  // Every change of the state is stored.
  private static final GobEncoder RING_ENCODER = new GobEncoder(RingGob.RING);
  private static final GobEncoder OWNED_ENCODER = new GobEncoder(OWNED);

  private StoredValues() {}

  static byte[] encodeName(PeerName name) {
    return new GobWriter().writeUint(name.value()).toBytes();
  }

  static PeerName decodeName(byte[] bytes) throws GobException {
    GobReader reader = new GobReader(bytes);
    PeerName name = new PeerName(reader.readUint(Byte.SIZE * PeerName.BYTES));
    RingGob.requireEnd(reader);
    return name;
  }

  static byte[] encodeRing(Ring ring) {
    return RING_ENCODER.encode(RingGob.toStruct(ring));
  }

  static Ring decodeRing(byte[] bytes) throws GobException {
    GobReader reader = new GobReader(bytes);
    GobStruct value = reader.readStruct(RingGob.RING);
    RingGob.requireEnd(reader);
    return RingGob.ring(value, reader.position());
  }

  static byte[] encodeOwned(Map<String, OwnedAddresses> owned) {
    List<GobValue.Entry> entries = new ArrayList<>();
    new TreeMap<>(owned)
        .forEach(
            (ident, held) -> entries.add(new GobValue.Entry(GobValue.text(ident), struct(held))));
    return OWNED_ENCODER.encode(new GobValue.Mapping(entries));
  }

  static Map<String, OwnedAddresses> decodeOwned(byte[] bytes) throws GobException {
    GobReader reader = new GobReader(bytes);
    Map<String, OwnedAddresses> owned = new TreeMap<>();
    for (GobValue.Entry entry : reader.readMap(OWNED)) {
      GobStruct value = entry.value().asStruct();
      List<Cidr> cidrs = new ArrayList<>();
      for (GobValue element : value.slice("Cidrs")) {
        GobStruct cidr = element.asStruct();
        long length = cidr.integer("PrefixLen");
        if (length < 0 || length > Integer.SIZE) {
          throw new GobException(reader.position(), "prefix length " + length);
        }
        cidrs.add(new Cidr(cidr.uint("Addr"), (int) length));
      }
      String ident = entry.key().asText();
      if (owned.put(ident, new OwnedAddresses(value.bool("IsContainer"), cidrs)) != null) {
        throw new GobException(reader.position(), "owner listed twice: " + ident);
      }
    }
    RingGob.requireEnd(reader);
    return owned;
  }

  private static GobStruct struct(OwnedAddresses owned) {
    List<GobStruct> cidrs =
        owned.cidrs().stream()
            .map(cidr ->
                GobStruct.builder(CIDR)
                    .uint("Addr", cidr.address())
                    .integer("PrefixLen", cidr.prefixLength())
                    .build())
            .toList();
    return GobStruct.builder(OWNED_DATA)
        .bool("IsContainer", owned.isContainer())
        .slice("Cidrs", cidrs)
        .build();
  }
}
