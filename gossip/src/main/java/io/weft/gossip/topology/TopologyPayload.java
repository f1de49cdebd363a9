package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobRow;
import io.weft.gossip.gob.GobStruct;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The payload of the topology channel (mesh.md 5.6): per peer a summary and its connections. No
 * bytes at all are a payload about nobody.
 */
final class TopologyPayload {
  // Our choice.
  /**
   * A payload is begun anew about here, far below the 10 MiB that close a connection (C2), so that
   * two hundred neighbours that read slowly hold little.
   */
  static final int CHUNK_BYTES = 128 * 1024;

  /** Most bytes of the numbers, flags and deltas of one entry. */
  private static final int ENTRY_OVERHEAD_BYTES = 40;

  /** Bytes of an address as most are; the bound above leaves room for longer ones. */
  private static final int USUAL_ADDRESS_BYTES = 24;

  /** An address and a port, the address of version 6 with a scope perhaps. */
  private static final Pattern ADDRESS =
      Pattern.compile("(?:[0-9.]{7,15}|\\[[0-9a-fA-F:.]{2,45}(?:%[\\w.-]{1,15})?\\]):[0-9]{1,5}");

  /** Longest nickname kept; host names have at most 255 characters. */
  private static final int MAX_NICKNAME_CHARS = 255;

  private TopologyPayload() {}

  /** Encodes peers; nobody gives no payload. */
  static List<byte[]> encode(Collection<Peer> peers) {
    return all(new PayloadSequence(peers.iterator(), new EncodedRecords()));
  }

  /** What a sequence holds. */
  static List<byte[]> all(Iterator<byte[]> sequence) {
    List<byte[]> payloads = new ArrayList<>();
    sequence.forEachRemaining(payloads::add);
    return payloads;
  }

  /** About how many bytes a peer takes, rather too many. */
  static int sizeEstimate(Peer peer) {
    int size = ENTRY_OVERHEAD_BYTES + peer.nickName().length();
    return size + peer.connections().size() * (ENTRY_OVERHEAD_BYTES + USUAL_ADDRESS_BYTES);
  }

  /**
   * Decodes a payload. Entries about the reserved name are left out; a peer may come twice.
   *
   * @param wanted asked with each record before its connections are known; those of a record that
   *     is not wanted are stepped over, and it comes without any (C1)
   * @param dropped told how many of a sound payload's peers were left out, if any, because there
   *     were more of them or of their connections than we keep: a flood is not the sender's fault
   * @throws GossipException when any part of it is malformed
   */
  static List<PeerRecord> decode(byte[] payload, Predicate<PeerRecord> wanted, IntConsumer dropped)
      throws GossipException {
    return decode(payload, 0, wanted, dropped);
  }

  /** The same with a payload that reaches from an offset to the end of an array. */
  static List<PeerRecord> decode(
      byte[] data, int offset, Predicate<PeerRecord> wanted, IntConsumer dropped)
      throws GossipException {
    List<PeerRecord> records = new ArrayList<>();
    long weight = 0;
    int excess = 0;
    GobReader reader = new GobReader(data, offset, data.length - offset);
    try {
      while (!reader.atEnd()) {
        boolean full = records.size() == Topology.MAX_PEERS;
        PeerRecord peer = read(reader, full ? record -> false : wanted);
        long more = peer.connections().weight();
        if (full || weight + more > Topology.MAX_CONNECTIONS) {
          excess++;
          continue;
        }
        weight += more;
        if (!peer.name().equals(PeerName.UNKNOWN)) {
          records.add(peer);
        }
      }
    } catch (GobException e) {
      throw new GossipException("topology: " + e.getMessage(), e);
    }
    if (excess > 0) {
      dropped.accept(excess);
    }
    return records;
  }

  /** As much of a nickname as we keep. */
  static String cutNickName(String nickName) {
    return nickName.length() > MAX_NICKNAME_CHARS
        ? nickName.substring(0, MAX_NICKNAME_CHARS)
        : nickName;
  }

  private static PeerRecord read(GobReader reader, Predicate<PeerRecord> wanted)
      throws GobException, GossipException {
    GobStruct summary = reader.readStruct(EncodedRecord.PEER);
    PeerName name = name(summary.bytes("NameByte"));
    String nickName = summary.text("NickName");
    long shortId = summary.uint("ShortID");
    boolean hasShortId = summary.bool("HasShortID") && shortId < ShortIds.COUNT;
    PeerRecord alone =
        new PeerRecord(
            name,
            cutNickName(nickName),
            summary.uint("UID"),
            summary.uint("Version"),
            hasShortId ? (int) shortId : null,
            ConnectionList.NONE);
    if (!wanted.test(alone)) {
      reader.skip(EncodedRecord.CONNECTIONS);
      return alone;
    }
    return alone.with(readConnections(reader, name));
  }

  private static ConnectionList readConnections(GobReader reader, PeerName owner)
      throws GobException {
    ConnectionList.Builder connections = new ConnectionList.Builder();
    reader.readRows(
        EncodedRecord.CONNECTIONS,
        ConnectionList.MAX_SIZE,
        row -> {
          if (row.length(EncodedRecord.REMOTE) != PeerName.BYTES) {
            throw new GobException(
                row.offset(EncodedRecord.REMOTE),
                "peer name of %d bytes".formatted(row.length(EncodedRecord.REMOTE)));
          }
          long remote = PeerName.ofBytes(row.data(), row.offset(EncodedRecord.REMOTE)).value();
          if (remote != PeerName.UNKNOWN.value() && remote != owner.value()) {
            addTo(connections, remote, row);
          }
        });
    return connections.build();
  }

  private static void addTo(ConnectionList.Builder connections, long remote, GobRow row) {
    int address = EncodedRecord.ADDRESS;
    boolean outbound = row.bool(EncodedRecord.OUTBOUND);
    boolean established = row.bool(EncodedRecord.ESTABLISHED);
    long packed = Ipv4Text.parse(row.data(), row.offset(address), row.length(address));
    if (packed >= 0) {
      // Nearly all are; asking the pattern as well would take longer than all the rest.
      connections.addPacked(remote, packed, outbound, established);
    } else {
      connections.add(remote, address(row.text(address)), outbound, established);
    }
  }

  /** A text that can be an address, for others nothing: we would keep and pass on any amount. */
  static String address(String text) {
    return ADDRESS.matcher(text).matches() ? text : "";
  }

  private static PeerName name(byte[] bytes) throws GossipException {
    if (bytes.length != PeerName.BYTES) {
      throw new GossipException("topology: peer name of %d bytes".formatted(bytes.length));
    }
    return PeerName.ofBytes(bytes);
  }
}
