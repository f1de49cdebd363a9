package io.weft.gossip.wire;

import io.weft.gossip.PeerName;
import java.util.Arrays;

/** A message on an established mesh connection (mesh.md 3), one record per tag. */
public sealed interface MeshMessage {
  /** Tag 0: sent every 30 s. */
  record Heartbeat() implements MeshMessage {}

  /**
   * Tags 1 to 3: control of a sleeve whose peer announced no overlays (overlay.md A.5).
   *
   * @param tag 1, 2 or 3; equal to the sleeve's sub-tag
   */
  record LegacyOverlayControl(int tag, byte[] body) implements MeshMessage {}

  /**
   * Tag 4: state from a neighbour; {@code sender} is the immediate sender.
   *
   * @param data holds the payload from {@code offset} on to its end: a large one stays where it has
   *     arrived
   */
  record Gossip(String channel, PeerName sender, byte[] data, int offset) implements MeshMessage {
    /** With a payload that has an array of its own. */
    public Gossip(String channel, PeerName sender, byte[] payload) {
      this(channel, sender, payload, 0);
    }

    /** The payload; a copy when other things are in its array. */
    public byte[] payload() {
      return offset == 0 ? data : Arrays.copyOfRange(data, offset, data.length);
    }
  }

  /**
   * Tag 5: routed hop by hop. The gob bytes behind the tag, which a relay forwards unchanged, and
   * the payload among them are in one array: a large message stays where it has arrived.
   *
   * @param data holds those gob bytes from {@code offset} on to its end
   * @param payloadStart where the payload begins in {@code data}
   * @param payloadEnd where it ends; what follows is left to extensions
   */
  record GossipUnicast(
      String channel,
      PeerName source,
      PeerName destination,
      byte[] data,
      int offset,
      int payloadStart,
      int payloadEnd)
      implements MeshMessage {
    /** A copy of the payload. */
    public byte[] payload() {
      return Arrays.copyOfRange(data, payloadStart, payloadEnd);
    }

    /** How many gob bytes are behind the tag. */
    public int encodedBytes() {
      return data.length - offset;
    }
  }

  /**
   * Tag 6: flooded along the tree of {@code source}, which relays preserve.
   *
   * @param data as of {@link Gossip}
   */
  record GossipBroadcast(String channel, PeerName source, byte[] data, int offset)
      implements MeshMessage {
    /** With a payload that has an array of its own. */
    public GossipBroadcast(String channel, PeerName source, byte[] payload) {
      this(channel, source, payload, 0);
    }

    /** The payload; a copy when other things are in its array. */
    public byte[] payload() {
      return offset == 0 ? data : Arrays.copyOfRange(data, offset, data.length);
    }
  }

  /** Tag 7: control of the overlay at {@code index} of the common list (mesh.md 11). */
  record OverlayControl(int index, int subTag, byte[] body) implements MeshMessage {}

  /**
   * Tag 87: a message of an extension, sent only where both ends have announced it ({@link
   * Extensions}); otherwise it counts as unknown.
   */
  record Extension(byte[] body) implements MeshMessage {}

  /**
   * All other tags from 8 to 255, and tag 7 bodies too short to mean anything: ignored and counted.
   */
  record Unknown(int tag) implements MeshMessage {}

  /** No tag at all: legal and skipped. */
  record Blank() implements MeshMessage {}
}
