package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobException;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * The bytes of {@link PersistedState}, big endian: magic, format version, flags, UID of the
 * acceptor, then name, ring, owned addresses and Paxos state as gob values, the ranges in
 * quarantine and the votes on takeovers, all behind their lengths, and the CRC-32 of all that.
 */
final class PersistedStateCodec {
  private static final int MAGIC = 0x57465449;
  private static final int FORMAT_VERSION = 3;

  /** Votes without an epoch; still read. */
  private static final int SECOND_FORMAT_VERSION = 2;

  /** Without the two parts behind the Paxos state; still read. */
  private static final int OLD_FORMAT_VERSION = 1;

  private static final int FLAG_CLEAN = 1;
  private static final int FLAG_PAXOS = 2;

  /** Readers that do not know it step over it, and take the ring for confirmed by anybody. */
  private static final int FLAG_LEARNING = 4;

  private static final int HEADER_BYTES = Integer.BYTES + Short.BYTES + Byte.BYTES + Long.BYTES;
  private static final int VOTE_BYTES = 7 * Long.BYTES;
  private static final int CRC_BYTES = Integer.BYTES;

  private PersistedStateCodec() {}

  static byte[] encode(PersistedState state) {
    Optional<PaxosMemory> paxos = state.paxos();
    int flags =
        (state.isClean() ? FLAG_CLEAN : 0)
            | (paxos.isPresent() ? FLAG_PAXOS : 0)
            | (state.isLearning() ? FLAG_LEARNING : 0);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        ByteBuffer.allocate(HEADER_BYTES)
            .putInt(MAGIC)
            .putShort((short) FORMAT_VERSION)
            .put((byte) flags)
            .putLong(paxos.map(PaxosMemory::uid).orElse(0L))
            .array());
    put(out, StoredValues.encodeName(state.self()));
    put(out, StoredValues.encodeRing(state.ring()));
    put(out, StoredValues.encodeOwned(state.owned()));
    paxos.ifPresent(memory -> put(out, GossipStateCodec.encodePaxos(memory.knows())));
    put(out, encodeQuarantine(state.quarantine()));
    put(out, encodeVotes(state.votes()));
    CRC32 crc = new CRC32();
    crc.update(out.toByteArray());
    out.writeBytes(ByteBuffer.allocate(CRC_BYTES).putInt((int) crc.getValue()).array());
    return out.toByteArray();
  }

  private static void put(ByteArrayOutputStream out, byte[] value) {
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value.length).array());
    out.writeBytes(value);
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
    if (version < OLD_FORMAT_VERSION || version > FORMAT_VERSION) {
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
      return readBody(in, version);
    } catch (BufferUnderflowException e) {
      throw new CorruptStateException("it ends too early", e);
    } catch (GobException e) {
      throw new CorruptStateException(String.valueOf(e.getMessage()), e);
    }
  }

  private static PersistedState readBody(ByteBuffer in, int version)
      throws CorruptStateException, GobException {
    int flags = in.get();
    long uid = in.getLong();
    PeerName self = StoredValues.decodeName(take(in));
    Ring ring = StoredValues.decodeRing(take(in));
    Optional<String> violation = ring.violation();
    if (violation.isPresent()) {
      throw new CorruptStateException(violation.get());
    }
    var owned = StoredValues.decodeOwned(take(in));
    Optional<PaxosMemory> paxos = Optional.empty();
    if ((flags & FLAG_PAXOS) != 0) {
      paxos = Optional.of(new PaxosMemory(uid, GossipStateCodec.decodePaxos(take(in))));
    }
    Map<PeerName, List<AddressRange>> quarantine =
        version == OLD_FORMAT_VERSION ? Map.of() : decodeQuarantine(ByteBuffer.wrap(take(in)));
    Map<PeerName, Vote> votes =
        version == OLD_FORMAT_VERSION ? Map.of() : decodeVotes(ByteBuffer.wrap(take(in)), version);
    if (in.hasRemaining()) {
      throw new CorruptStateException("%d bytes too many".formatted(in.remaining()));
    }
    return new PersistedState(
        self,
        ring,
        owned,
        paxos,
        quarantine,
        votes,
        (flags & FLAG_LEARNING) != 0,
        (flags & FLAG_CLEAN) != 0);
  }

  private static byte[] encodeQuarantine(Map<PeerName, List<AddressRange>> quarantine) {
    int ranges = quarantine.values().stream().mapToInt(List::size).sum();
    ByteBuffer out =
        ByteBuffer.allocate(
            Integer.BYTES
                + quarantine.size() * (Long.BYTES + Integer.BYTES)
                + ranges * 2 * Long.BYTES);
    out.putInt(quarantine.size());
    new TreeMap<>(quarantine)
        .forEach((peer, list) -> {
          out.putLong(peer.value()).putInt(list.size());
          list.forEach(range -> out.putLong(range.start()).putLong(range.end()));
        });
    return out.array();
  }

  private static Map<PeerName, List<AddressRange>> decodeQuarantine(ByteBuffer in)
      throws CorruptStateException {
    Map<PeerName, List<AddressRange>> quarantine = new TreeMap<>();
    try {
      for (int peers = in.getInt(); peers > 0; peers--) {
        PeerName peer = new PeerName(in.getLong());
        List<AddressRange> ranges = new ArrayList<>();
        for (int count = in.getInt(); count > 0; count--) {
          ranges.add(new AddressRange(in.getLong(), in.getLong()));
        }
        quarantine.put(peer, ranges);
      }
    } catch (IllegalArgumentException e) {
      throw new CorruptStateException(String.valueOf(e.getMessage()), e);
    }
    return quarantine;
  }

  private static byte[] encodeVotes(Map<PeerName, Vote> votes) {
    ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + votes.size() * VOTE_BYTES);
    out.putInt(votes.size());
    new TreeMap<>(votes)
        .forEach((victim, vote) -> {
          out.putLong(victim.value());
          out.putLong(vote.promised().round()).putLong(vote.promised().proposer().value());
          out.putLong(vote.accepted().round()).putLong(vote.accepted().proposer().value());
          out.putLong(vote.taker().value()).putLong(vote.epoch());
        });
    return out.array();
  }

  private static Map<PeerName, Vote> decodeVotes(ByteBuffer in, int version)
      throws CorruptStateException {
    Map<PeerName, Vote> votes = new TreeMap<>();
    try {
      for (int count = in.getInt(); count > 0; count--) {
        PeerName victim = new PeerName(in.getLong());
        Ballot promised = new Ballot(in.getLong(), new PeerName(in.getLong()));
        Ballot accepted = new Ballot(in.getLong(), new PeerName(in.getLong()));
        PeerName taker = new PeerName(in.getLong());
        long epoch = version == SECOND_FORMAT_VERSION ? Vote.UNKNOWN_EPOCH : in.getLong();
        votes.put(victim, new Vote(promised, accepted, taker, epoch));
      }
    } catch (IllegalArgumentException e) {
      throw new CorruptStateException(String.valueOf(e.getMessage()), e);
    }
    return votes;
  }

  private static byte[] take(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] value = new byte[length];
    in.get(value);
    return value;
  }
}
