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

  /** A unicast message that starts here, with its encoded form. */
  public static MeshMessage.GossipUnicast unicast(
      String channel, PeerName source, PeerName destination, byte[] payload) {
    byte[] encoded =
        new GobWriter()
            .writeString(channel)
            .writeUint(source.value())
            .writeUint(destination.value())
            .writeBytes(payload)
            .toBytes();
    return new MeshMessage.GossipUnicast(channel, source, destination, payload, encoded);
  }

  /**
   * Encodes a message.
   *
   * @throws IllegalArgumentException for {@link MeshMessage.Unknown}, which is never sent, and for
   *     numbers that do not fit their byte
   */
  public static byte[] encode(MeshMessage message) {
    return switch (message) {
      case MeshMessage.Heartbeat m -> new byte[] {TAG_HEARTBEAT};
      case MeshMessage.LegacyOverlayControl m -> {
        if (m.tag() < TAG_LEGACY_CONTROL_FIRST || m.tag() > TAG_LEGACY_CONTROL_LAST) {
          throw new IllegalArgumentException("no legacy overlay control tag: " + m.tag());
        }
        yield join(m.body(), m.tag());
      }
      case MeshMessage.Gossip m -> join(gossip(m.channel(), m.sender(), m.payload()), TAG_GOSSIP);
      case MeshMessage.GossipUnicast m -> join(m.encoded(), TAG_UNICAST);
      case MeshMessage.GossipBroadcast m ->
          join(gossip(m.channel(), m.source(), m.payload()), TAG_BROADCAST);
      case MeshMessage.OverlayControl m ->
          // Always index and sub-tag: a shorter body crashes a Go router (mesh.md 11.3).
          join(m.body(), TAG_OVERLAY_CONTROL, octet(m.index()), octet(m.subTag()));
      case MeshMessage.Extension m -> join(m.body(), TAG_EXTENSION);
      case MeshMessage.Blank m -> NO_BYTES;
      case MeshMessage.Unknown m -> throw new IllegalArgumentException("never sent: " + m);
    };
  }

  /**
   * Decodes a message. Bytes behind the expected gob values are ignored (mesh.md 4.3).
   *
   * @throws GobException when the gob values of a gossip message are malformed
   */
  public static MeshMessage decode(byte[] bytes) throws GobException {
    if (bytes.length == 0) {
      return new MeshMessage.Blank();
    }
    int tag = bytes[0] & 0xff;
    return switch (tag) {
      case TAG_HEARTBEAT -> new MeshMessage.Heartbeat();
      case 1, 2, 3 ->
          new MeshMessage.LegacyOverlayControl(tag, Arrays.copyOfRange(bytes, 1, bytes.length));
      case TAG_GOSSIP -> {
        GobReader in = reader(bytes);
        String channel = in.readString();
        PeerName sender = readName(in);
        yield new MeshMessage.Gossip(channel, sender, in.readBytes());
      }
      case TAG_UNICAST -> {
        GobReader in = reader(bytes);
        String channel = in.readString();
        PeerName source = readName(in);
        PeerName destination = readName(in);
        byte[] payload = in.readBytes();
        byte[] encoded = Arrays.copyOfRange(bytes, 1, bytes.length);
        yield new MeshMessage.GossipUnicast(channel, source, destination, payload, encoded);
      }
      case TAG_BROADCAST -> {
        GobReader in = reader(bytes);
        String channel = in.readString();
        PeerName source = readName(in);
        yield new MeshMessage.GossipBroadcast(channel, source, in.readBytes());
      }
      case TAG_OVERLAY_CONTROL ->
          bytes.length < 3
              ? new MeshMessage.Unknown(tag)
              : new MeshMessage.OverlayControl(
                  bytes[1] & 0xff, bytes[2] & 0xff, Arrays.copyOfRange(bytes, 3, bytes.length));
      case TAG_EXTENSION -> new MeshMessage.Extension(Arrays.copyOfRange(bytes, 1, bytes.length));
      default -> new MeshMessage.Unknown(tag);
    };
  }

  private static GobReader reader(byte[] bytes) {
    return new GobReader(bytes, 1, bytes.length - 1);
  }

  private static PeerName readName(GobReader in) throws GobException {
    return new PeerName(in.readUint(NAME_BITS));
  }

  private static byte[] gossip(String channel, PeerName name, byte[] payload) {
    return new GobWriter()
        .writeString(channel)
        .writeUint(name.value())
        .writeBytes(payload)
        .toBytes();
  }

  private static int octet(int value) {
    if (value < 0 || value > 255) {
      throw new IllegalArgumentException("number does not fit a byte: " + value);
    }
    return value;
  }

  private static byte[] join(byte[] tail, int... head) {
    byte[] bytes = new byte[head.length + tail.length];
    for (int i = 0; i < head.length; i++) {
      bytes[i] = (byte) head[i];
    }
    System.arraycopy(tail, 0, bytes, head.length, tail.length);
    return bytes;
  }
}
