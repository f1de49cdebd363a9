package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** The bytes of {@link DeltaMessage}: a kind and its body, big-endian (docs/protocol.md). */
public final class DeltaCodec {
  private static final int KIND_DIGEST = 1;
  private static final int KIND_PULL = 2;
  private static final int KIND_SUMMARY = 3;
  private static final int KIND_REQUEST = 4;
  private static final int KIND_DELTA = 5;

  private static final int COMPLETE = 1;
  private static final int WHOLE = 1;
  private static final int HAS_SHORT_ID = 2;
  private static final int OUTBOUND = 1;
  private static final int ESTABLISHED = 2;
  private static final int TEXT = 4;

  private static final int VERSION_BYTES = PeerName.BYTES + 8 + 8 + 1;
  private static final int CONNECTION_BYTES = PeerName.BYTES + 1 + 6;
  private static final int MAX_CHANNEL_BYTES = 255;

  /** A message is begun anew about here, so that others find their way between. */
  static final int CHUNK_BYTES = 64 * 1024;

  private DeltaCodec() {}

  /**
   * Encodes a message.
   *
   * @throws IllegalArgumentException when the name of a channel has more than 255 bytes
   */
  public static byte[] encode(DeltaMessage message) {
    return switch (message) {
      case DeltaMessage.Digest m -> {
        byte[] channel = channel(m.channel());
        yield ByteBuffer.allocate(2 + channel.length + 8)
            .put((byte) KIND_DIGEST)
            .put((byte) channel.length)
            .put(channel)
            .putLong(m.hash())
            .array();
      }
      case DeltaMessage.Pull m -> {
        byte[] channel = channel(m.channel());
        yield ByteBuffer.allocate(2 + channel.length)
            .put((byte) KIND_PULL)
            .put((byte) channel.length)
            .put(channel)
            .array();
      }
      case DeltaMessage.Summary m -> {
        ByteBuffer out = ByteBuffer.allocate(2 + m.peers().size() * VERSION_BYTES);
        out.put((byte) KIND_SUMMARY).put((byte) (m.isComplete() ? COMPLETE : 0));
        putVersions(out, m.peers());
        yield out.array();
      }
      case DeltaMessage.Request m -> {
        ByteBuffer out = ByteBuffer.allocate(1 + m.peers().size() * VERSION_BYTES);
        putVersions(out.put((byte) KIND_REQUEST), m.peers());
        yield out.array();
      }
      case DeltaMessage.Delta m -> {
        int size = 1;
        for (PeerChange change : m.changes()) {
          size += size(change);
        }
        ByteBuffer out = ByteBuffer.allocate(size).put((byte) KIND_DELTA);
        m.changes().forEach(change -> put(out, change));
        yield out.array();
      }
    };
  }

  private static byte[] channel(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_CHANNEL_BYTES) {
      throw new IllegalArgumentException("name of a channel with %d bytes".formatted(bytes.length));
    }
    return bytes;
  }

  private static void putVersions(ByteBuffer out, List<PeerVersion> peers) {
    for (PeerVersion peer : peers) {
      peer.name().putInto(out);
      out.putLong(peer.uid()).putLong(peer.version());
      out.put((byte) (peer.hasShortId() ? HAS_SHORT_ID : 0));
    }
  }

  /** How many bytes a change takes. */
  static int size(PeerChange change) {
    PeerRecord record = change.record();
    ConnectionList connections = record.connections();
    int size = VERSION_BYTES + (record.shortId() == null ? 0 : 2) + 2 + nickName(record).length + 2;
    for (int i = 0; i < connections.size(); i++) {
      size +=
          connections.isText(i)
              ? PeerName.BYTES + 2 + address(connections, i).length
              : CONNECTION_BYTES;
    }
    return change.isWhole() ? size : size + 8 + 2 + change.removed().length * PeerName.BYTES;
  }

  private static byte[] nickName(PeerRecord record) {
    return TopologyPayload.cutNickName(record.nickName()).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] address(ConnectionList connections, int index) {
    return connections.address(index).getBytes(StandardCharsets.UTF_8);
  }

  private static void put(ByteBuffer out, PeerChange change) {
    PeerRecord record = change.record();
    Integer shortId = record.shortId();
    record.name().putInto(out);
    out.putLong(record.uid()).putLong(record.version());
    out.put((byte) ((change.isWhole() ? WHOLE : 0) | (shortId == null ? 0 : HAS_SHORT_ID)));
    if (!change.isWhole()) {
      out.putLong(change.baseVersion());
    }
    if (shortId != null) {
      out.putShort(shortId.shortValue());
    }
    byte[] nickName = nickName(record);
    out.putShort((short) nickName.length).put(nickName);
    ConnectionList connections = record.connections();
    out.putShort((short) connections.size());
    for (int i = 0; i < connections.size(); i++) {
      putConnection(out, connections, i);
    }
    if (!change.isWhole()) {
      out.putShort((short) change.removed().length);
      for (long name : change.removed()) {
        new PeerName(name).putInto(out);
      }
    }
  }

  private static void putConnection(ByteBuffer out, ConnectionList connections, int index) {
    connections.remote(index).putInto(out);
    boolean text = connections.isText(index);
    int flags = connections.outbound(index) ? OUTBOUND : 0;
    flags |= connections.established(index) ? ESTABLISHED : 0;
    out.put((byte) (flags | (text ? TEXT : 0)));
    if (text) {
      byte[] address = address(connections, index);
      out.put((byte) address.length).put(address);
    } else {
      long packed = connections.packedAddress(index);
      out.putInt((int) (packed >>> 16)).putShort((short) packed);
    }
  }

  /**
   * Decodes a message. Entries about the reserved name, and connections to it or to their own
   * owner, are left out, and so are those above {@link Topology#MAX_PEERS} and {@link
   * Topology#MAX_CONNECTIONS}: a summary of which some are left out is not complete.
   *
   * @param dropped told how many entries a sound message has had above these bounds, if any
   * @throws GossipException when any part of it is malformed, too large or of an unknown kind
   */
  public static DeltaMessage decode(byte[] bytes, IntConsumer dropped) throws GossipException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int[] excess = {0};
    try {
      int kind = in.get() & 0xff;
      DeltaMessage message =
          switch (kind) {
            case KIND_DIGEST -> new DeltaMessage.Digest(readChannel(in), in.getLong());
            case KIND_PULL -> new DeltaMessage.Pull(readChannel(in));
            case KIND_SUMMARY -> {
              boolean complete = readFlags(in, COMPLETE) != 0;
              List<PeerVersion> peers = readVersions(in, excess);
              yield new DeltaMessage.Summary(complete && excess[0] == 0, peers);
            }
            case KIND_REQUEST -> new DeltaMessage.Request(readVersions(in, excess));
            case KIND_DELTA -> new DeltaMessage.Delta(readChanges(in, excess));
            default -> throw new GossipException("delta: unknown kind " + kind);
          };
      if (in.hasRemaining()) {
        throw new GossipException("delta: %d bytes too many".formatted(in.remaining()));
      }
      if (excess[0] > 0) {
        dropped.accept(excess[0]);
      }
      return message;
    } catch (BufferUnderflowException e) {
      throw new GossipException("delta: message ends early", e);
    }
  }

  private static int readByte(ByteBuffer in) {
    return in.get() & 0xff;
  }

  private static int readShort(ByteBuffer in) {
    return in.getShort() & 0xffff;
  }

  private static int readFlags(ByteBuffer in, int known) throws GossipException {
    int flags = readByte(in);
    if ((flags & ~known) != 0) {
      throw new GossipException("delta: unknown flags 0x%02x".formatted(flags));
    }
    return flags;
  }

  private static PeerName readName(ByteBuffer in) {
    return new PeerName(((long) readShort(in) << 32) | (in.getInt() & 0xffff_ffffL));
  }

  private static String readText(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** What is no UTF-8 would be longer when we ask for the channel in turn. */
  private static String readChannel(ByteBuffer in) throws GossipException {
    byte[] bytes = new byte[readByte(in)];
    in.get(bytes);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new GossipException("delta: the name of a channel is no UTF-8", e);
    }
  }

  private static List<PeerVersion> readVersions(ByteBuffer in, int[] excess)
      throws GossipException {
    if (in.remaining() % VERSION_BYTES != 0) {
      throw new BufferUnderflowException();
    }
    int count = in.remaining() / VERSION_BYTES;
    int kept = Math.min(count, Topology.MAX_PEERS);
    List<PeerVersion> peers = new ArrayList<>(kept);
    for (int i = 0; i < kept; i++) {
      PeerName name = readName(in);
      long uid = in.getLong();
      long version = in.getLong();
      boolean hasShortId = readFlags(in, HAS_SHORT_ID) != 0;
      if (!name.equals(PeerName.UNKNOWN)) {
        peers.add(new PeerVersion(name, uid, version, hasShortId));
      }
    }
    excess[0] += count - kept;
    in.position(in.limit());
    return peers;
  }

  private static List<PeerChange> readChanges(ByteBuffer in, int[] excess) throws GossipException {
    List<PeerChange> changes = new ArrayList<>();
    long weight = 0;
    while (in.hasRemaining()) {
      PeerChange change = readChange(in);
      long more = change.record().connections().weight();
      if (changes.size() == Topology.MAX_PEERS || weight + more > Topology.MAX_CONNECTIONS) {
        excess[0]++;
      } else if (!change.record().name().equals(PeerName.UNKNOWN)) {
        weight += more;
        changes.add(change);
      }
    }
    return changes;
  }

  private static PeerChange readChange(ByteBuffer in) throws GossipException {
    PeerName name = readName(in);
    long uid = in.getLong();
    long version = in.getLong();
    int flags = readFlags(in, WHOLE | HAS_SHORT_ID);
    boolean whole = (flags & WHOLE) != 0;
    long base = whole ? 0 : in.getLong();
    Integer shortId = null;
    if ((flags & HAS_SHORT_ID) != 0) {
      shortId = readShort(in);
      if (shortId >= ShortIds.COUNT) {
        throw new GossipException("delta: short id " + shortId);
      }
    }
    String nickName = TopologyPayload.cutNickName(readText(in, readShort(in)));
    ConnectionList connections = readConnections(in, name);
    int removals = whole ? 0 : readShort(in);
    if (removals * PeerName.BYTES > in.remaining()) {
      throw new BufferUnderflowException();
    }
    long[] removed = new long[removals];
    for (int i = 0; i < removed.length; i++) {
      removed[i] = readName(in).value();
    }
    return new PeerChange(
        new PeerRecord(name, nickName, uid, version, shortId, connections), whole, base, removed);
  }

  private static ConnectionList readConnections(ByteBuffer in, PeerName owner)
      throws GossipException {
    int count = readShort(in);
    if (count > ConnectionList.MAX_SIZE) {
      throw new GossipException(
          "delta: more than " + ConnectionList.MAX_SIZE + " connections of " + owner);
    }
    ConnectionList.Builder connections = new ConnectionList.Builder();
    for (int i = 0; i < count; i++) {
      PeerName remote = readName(in);
      int flags = readFlags(in, OUTBOUND | ESTABLISHED | TEXT);
      boolean outbound = (flags & OUTBOUND) != 0;
      boolean established = (flags & ESTABLISHED) != 0;
      boolean kept = !remote.equals(PeerName.UNKNOWN) && !remote.equals(owner);
      if ((flags & TEXT) != 0) {
        String address = TopologyPayload.address(readText(in, readByte(in)));
        if (kept) {
          connections.add(remote.value(), address, outbound, established);
        }
      } else {
        long packed = ((in.getInt() & 0xffff_ffffL) << 16) | readShort(in);
        if (kept) {
          connections.addPacked(remote.value(), packed, outbound, established);
        }
      }
    }
    return connections.build();
  }
}
