package io.weft.gossip.wire;

import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobWriter;
import java.util.Arrays;

/** Mesh messages as bytes: tag and payload, neither framed nor sealed (mesh.md 3 and 5). */
public final class MessageCodec {
  private static final int TAG_HEARTBEAT = 0;
  private static final int TAG_LEGACY_CONTROL_FIRST = 1;
  private static final int TAG_LEGACY_CONTROL_LAST = 3;
  private static final int TAG_GOSSIP = 4;
  private static final int TAG_UNICAST = 5;
  private static final int TAG_BROADCAST = 6;
  private static final int TAG_OVERLAY_CONTROL = 7;

  /** Our choice: {@code W} of Weft. */
  private static final int TAG_EXTENSION = 87;

  private static final int NAME_BITS = 8 * PeerName.BYTES;
  private static final byte[] NO_BYTES = new byte[0];

  private MessageCodec() {}

  /** A unicast message that starts here. */
  public static MeshMessage.GossipUnicast unicast(
      String channel, PeerName source, PeerName destination, byte[] payload) {
    byte[] encoded =
        new GobWriter()
            .writeString(channel)
            .writeUint(source.value())
            .writeUint(destination.value())
            .writeBytes(payload)
            .toBytes();
    int start = encoded.length - payload.length;
    return new MeshMessage.GossipUnicast(
        channel, source, destination, encoded, 0, start, encoded.length);
  }

  /**
   * Encodes a message.
   *
   * @throws IllegalArgumentException for {@link MeshMessage.Unknown}, which is never sent, and for
   *     numbers that do not fit their byte
   */
  public static byte[] encode(MeshMessage message) {
    return encode(message, 0);
  }

  /** As {@link #encode(MeshMessage)}, behind so many bytes for whoever frames and seals it. */
  static byte[] encode(MeshMessage message, int room) {
    return switch (message) {
      case MeshMessage.Heartbeat m -> join(room, NO_BYTES, TAG_HEARTBEAT);
      case MeshMessage.LegacyOverlayControl m -> {
        if (m.tag() < TAG_LEGACY_CONTROL_FIRST || m.tag() > TAG_LEGACY_CONTROL_LAST) {
          throw new IllegalArgumentException("no legacy overlay control tag: " + m.tag());
        }
        yield join(room, m.body(), m.tag());
      }
      case MeshMessage.Gossip m -> gossip(room, TAG_GOSSIP, m.channel(), m.sender(), m.payload());
      case MeshMessage.GossipUnicast m -> tagged(room, TAG_UNICAST, m.data(), m.offset());
      case MeshMessage.GossipBroadcast m ->
          gossip(room, TAG_BROADCAST, m.channel(), m.source(), m.payload());
      case MeshMessage.OverlayControl m ->
          // Always index and sub-tag: a shorter body crashes a Go router (mesh.md 11.3).
          join(room, m.body(), TAG_OVERLAY_CONTROL, octet(m.index()), octet(m.subTag()));
      case MeshMessage.Extension m -> join(room, m.body(), TAG_EXTENSION);
      case MeshMessage.Blank m -> new byte[room];
      case MeshMessage.Unknown m -> throw new IllegalArgumentException("never sent: " + m);
    };
  }

  /**
   * Decodes a message. Bytes behind the expected gob values are ignored (mesh.md 4.3).
   *
   * @throws GobException when the gob values of a gossip message are malformed
   */
  public static MeshMessage decode(byte[] bytes) throws GobException {
    return decode(bytes, 0, bytes.length);
  }

  /** As {@link #decode(byte[])}, from a part of an array, of which nothing is kept. */
  static MeshMessage decode(byte[] bytes, int offset, int length) throws GobException {
    return decode(bytes, offset, length, false);
  }

  /** As {@link #decode(byte[])}, of the end of an array, which the message may keep. */
  static MeshMessage decodeTail(byte[] bytes, int offset) throws GobException {
    return decode(bytes, offset, bytes.length - offset, true);
  }

  private static MeshMessage decode(byte[] bytes, int offset, int length, boolean mayKeep)
      throws GobException {
    if (length == 0) {
      return new MeshMessage.Blank();
    }
    int tag = bytes[offset] & 0xff;
    int body = offset + 1;
    int end = offset + length;
    return switch (tag) {
      case TAG_HEARTBEAT -> new MeshMessage.Heartbeat();
      case 1, 2, 3 ->
          new MeshMessage.LegacyOverlayControl(tag, Arrays.copyOfRange(bytes, body, end));
      case TAG_GOSSIP -> {
        GobReader in = new GobReader(bytes, body, length - 1);
        String channel = in.readString();
        PeerName sender = readName(in);
        int start = mayKeep ? tail(in, bytes) : -1;
        yield start > 0
            ? new MeshMessage.Gossip(channel, sender, bytes, start)
            : new MeshMessage.Gossip(channel, sender, in.readBytes());
      }
      case TAG_UNICAST -> {
        byte[] data = mayKeep ? bytes : Arrays.copyOfRange(bytes, body, end);
        int start = mayKeep ? body : 0;
        GobReader in = new GobReader(data, start, data.length - start);
        String channel = in.readString();
        PeerName source = readName(in);
        PeerName destination = readName(in);
        int payloadBytes = in.skipBytes();
        int payloadEnd = in.position();
        yield new MeshMessage.GossipUnicast(
            channel, source, destination, data, start, payloadEnd - payloadBytes, payloadEnd);
      }
      case TAG_BROADCAST -> {
        GobReader in = new GobReader(bytes, body, length - 1);
        String channel = in.readString();
        PeerName source = readName(in);
        int start = mayKeep ? tail(in, bytes) : -1;
        yield start > 0
            ? new MeshMessage.GossipBroadcast(channel, source, bytes, start)
            : new MeshMessage.GossipBroadcast(channel, source, in.readBytes());
      }
      case TAG_OVERLAY_CONTROL ->
          length < 3
              ? new MeshMessage.Unknown(tag)
              : new MeshMessage.OverlayControl(
                  bytes[body] & 0xff,
                  bytes[body + 1] & 0xff,
                  Arrays.copyOfRange(bytes, body + 2, end));
      case TAG_EXTENSION -> new MeshMessage.Extension(Arrays.copyOfRange(bytes, body, end));
      default -> new MeshMessage.Unknown(tag);
    };
  }

  /**
   * Where a byte string begins that ends where the array does; -1 for another one, which is left to
   * be read.
   */
  private static int tail(GobReader in, byte[] bytes) throws GobException {
    int before = in.position();
    int length = in.skipBytes();
    if (in.position() == bytes.length) {
      return bytes.length - length;
    }
    in.continueWith(bytes, before, bytes.length - before);
    return -1;
  }

  private static PeerName readName(GobReader in) throws GobException {
    return new PeerName(in.readUint(NAME_BITS));
  }

  /** The payload, which may be large, is copied once. */
  private static byte[] gossip(int room, int tag, String channel, PeerName name, byte[] payload) {
    byte[] head =
        new GobWriter()
            .writeString(channel)
            .writeUint(name.value())
            .writeBytesHead(payload.length)
            .toBytes();
    byte[] bytes = new byte[room + 1 + head.length + payload.length];
    bytes[room] = (byte) tag;
    System.arraycopy(head, 0, bytes, room + 1, head.length);
    System.arraycopy(payload, 0, bytes, room + 1 + head.length, payload.length);
    return bytes;
  }

  private static int octet(int value) {
    if (value < 0 || value > 255) {
      throw new IllegalArgumentException("number does not fit a byte: " + value);
    }
    return value;
  }

  private static byte[] join(int room, byte[] tail, int... head) {
    byte[] bytes = new byte[room + head.length + tail.length];
    for (int i = 0; i < head.length; i++) {
      bytes[room + i] = (byte) head[i];
    }
    System.arraycopy(tail, 0, bytes, room + head.length, tail.length);
    return bytes;
  }

  /** A tag and what follows it, which reaches from an offset to the end of an array. */
  private static byte[] tagged(int room, int tag, byte[] data, int offset) {
    byte[] bytes = new byte[room + 1 + data.length - offset];
    bytes[room] = (byte) tag;
    System.arraycopy(data, offset, bytes, room + 1, data.length - offset);
    return bytes;
  }
}
