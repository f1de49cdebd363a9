package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * The bytes of {@link PersistedState}, big endian: magic, format version, body, CRC-32 of all
 * before it. Counts are checked against what is left before anything is allocated.
 */
final class PersistedStateCodec {
  private static final int MAGIC = 0x57465449;
  private static final int FORMAT_VERSION = 1;
  private static final int HEADER_BYTES = 6;
  private static final int CRC_BYTES = 4;
  private static final int ENTRY_BYTES = 4 + PeerName.BYTES + 4 + 4;
  private static final int CIDR_BYTES = 5;
  private static final int MIN_OWNER_BYTES = 2 + 1 + 4;

  private PersistedStateCodec() {}

  static byte[] encode(PersistedState state) {
    Output out = new Output();
    out.put(MAGIC, 4);
    out.put(FORMAT_VERSION, 2);
    out.put(state.isClean() ? 1 : 0, 1);
    out.put(state.self().value(), PeerName.BYTES);
    Ring ring = state.ring();
    out.put(ring.universe().start(), 4);
    out.put(ring.universe().end(), 4);
    out.put(ring.seeds().size(), 4);
    ring.seeds().forEach(seed -> out.put(seed.value(), PeerName.BYTES));
    out.put(ring.entries().size(), 4);
    for (RingEntry entry : ring.entries()) {
      out.put(entry.token(), 4);
      out.put(entry.peer().value(), PeerName.BYTES);
      out.put(entry.version(), 4);
      out.put(entry.free(), 4);
    }
    out.put(state.owned().size(), 4);
    new TreeMap<>(state.owned()).forEach((ident, owned) -> writeOwned(out, ident, owned));
    CRC32 crc = new CRC32();
    crc.update(out.toByteArray());
    out.put(crc.getValue(), CRC_BYTES);
    return out.toByteArray();
  }

  private static void writeOwned(Output out, String ident, OwnedAddresses owned) {
    byte[] name = ident.getBytes(StandardCharsets.UTF_8);
    out.put(name.length, 2);
    out.write(name, 0, name.length);
    out.put(owned.isContainer() ? 1 : 0, 1);
    out.put(owned.cidrs().size(), 4);
    for (Cidr cidr : owned.cidrs()) {
      out.put(cidr.address(), 4);
      out.put(cidr.prefixLength(), 1);
    }
  }

  static PersistedState decode(byte[] bytes) throws CorruptStateException {
    if (bytes.length < HEADER_BYTES + CRC_BYTES) {
      throw new CorruptStateException("%d bytes are too few".formatted(bytes.length));
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getInt() != MAGIC) {
      throw new CorruptStateException("it does not begin like a state");
    }
    int version = in.getShort() & 0xffff;
    if (version != FORMAT_VERSION) {
      throw new CorruptStateException(
          "mismatched version %d, expected %d".formatted(version, FORMAT_VERSION));
    }
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, bytes.length - CRC_BYTES);
    int stored = in.getInt(bytes.length - CRC_BYTES);
    if ((int) crc.getValue() != stored) {
      throw new CorruptStateException(
          "checksum is %08x, expected %08x".formatted((int) crc.getValue(), stored));
    }
    in.limit(bytes.length - CRC_BYTES);
    try {
      PersistedState state = readBody(in);
      if (in.hasRemaining()) {
        throw new CorruptStateException("%d bytes too many".formatted(in.remaining()));
      }
      return state;
    } catch (BufferUnderflowException e) {
      throw corrupt("it ends too early", e);
    } catch (CharacterCodingException | IllegalArgumentException e) {
      throw corrupt(String.valueOf(e.getMessage()), e);
    }
  }

  private static PersistedState readBody(ByteBuffer in)
      throws CorruptStateException, CharacterCodingException {
    boolean isClean = in.get() != 0;
    PeerName self = peer(in);
    AddressRange universe = new AddressRange(unsigned(in), unsigned(in));
    int seedCount = count(in, PeerName.BYTES, "seeds");
    List<PeerName> seeds = new ArrayList<>(seedCount);
    for (int i = 0; i < seedCount; i++) {
      seeds.add(peer(in));
    }
    int entryCount = count(in, ENTRY_BYTES, "ring entries");
    List<RingEntry> entries = new ArrayList<>(entryCount);
    for (int i = 0; i < entryCount; i++) {
      entries.add(new RingEntry(unsigned(in), peer(in), unsigned(in), unsigned(in)));
    }
    Ring ring = new Ring(universe, self, entries, seeds);
    Optional<String> violation = ring.violation();
    if (violation.isPresent()) {
      throw new CorruptStateException(violation.get());
    }
    int owners = count(in, MIN_OWNER_BYTES, "owners");
    Map<String, OwnedAddresses> owned = new LinkedHashMap<>();
    for (int i = 0; i < owners; i++) {
      String ident = text(in);
      if (owned.put(ident, readOwned(in)) != null) {
        throw new CorruptStateException("owner listed twice: " + ident);
      }
    }
    return new PersistedState(self, ring, owned, isClean);
  }

  private static OwnedAddresses readOwned(ByteBuffer in) throws CorruptStateException {
    boolean isContainer = in.get() != 0;
    int size = count(in, CIDR_BYTES, "addresses");
    List<Cidr> cidrs = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      cidrs.add(new Cidr(unsigned(in), in.get()));
    }
    return new OwnedAddresses(isContainer, cidrs);
  }

  private static int count(ByteBuffer in, int elementBytes, String what)
      throws CorruptStateException {
    long count = unsigned(in);
    if (count * elementBytes > in.remaining()) {
      throw new CorruptStateException(
          "%d %s do not fit into the %d bytes left".formatted(count, what, in.remaining()));
    }
    return (int) count;
  }

  private static String text(ByteBuffer in) throws CharacterCodingException {
    int length = in.getShort() & 0xffff;
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer slice = in.slice(in.position(), length);
    in.position(in.position() + length);
    return StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
  }

  private static PeerName peer(ByteBuffer in) {
    long high = in.getShort() & 0xffffL;
    return new PeerName(high << 32 | unsigned(in));
  }

  private static long unsigned(ByteBuffer in) {
    return in.getInt() & 0xffff_ffffL;
  }

  private static CorruptStateException corrupt(String reason, Exception cause) {
    CorruptStateException failure = new CorruptStateException(reason);
    failure.initCause(cause);
    return failure;
  }

  /** Collects big-endian numbers; unlike the general stream it throws nothing. */
  private static final class Output extends ByteArrayOutputStream {
    void put(long value, int bytes) {
      for (int shift = (bytes - 1) * Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
        write((int) (value >>> shift));
      }
    }
  }
}
