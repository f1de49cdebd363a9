package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.channel.UnreachablePeerException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Holds back replies, broadcasts and unicasts until the state they depend on is stored.
 *
 * <p>What peers get is the state of the last {@link #publish}, whenever the mesh asks for it, so
 * that nothing unstored leaves in between. Bounded by the requests pending and one answer per
 * message received. Conductor thread only.
 */
final class Outbox {
  private static final Logger LOG = System.getLogger(Outbox.class.getName());

  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private final GossipData state = new PublishedState();
  private @Nullable GossipSender sender;
  private @Nullable GossipState published;
  private byte @Nullable [] encoded;

  /** Of the published ring; worked out when first asked for, as neighbours ask all the time. */
  private OptionalLong digest = OptionalLong.empty();

  private boolean isBroadcastWanted;
  private boolean hasLeft;

  void connect(GossipSender mesh) {
    sender = mesh;
  }

  /** Makes a stored state the one that peers get. */
  void publish(GossipState next) {
    published = next;
    encoded = null;
    digest = OptionalLong.empty();
  }

  /** Answers whether a state has been given to the mesh since the last call. */
  boolean takeLeft() {
    boolean result = hasLeft;
    hasLeft = false;
    return result;
  }

  /** The state as data for the mesh; null before the first is published. */
  @Nullable GossipData state() {
    return published == null ? null : state;
  }

  /** Runs a reply after the state is stored. */
  void reply(Runnable reply) {
    waiting.add(reply);
  }

  /** Broadcasts our state after it is stored; several wishes in one event are one broadcast. */
  void broadcast() {
    isBroadcastWanted = true;
  }

  /** Sends our whole state to one peer after it is stored. */
  void sendState(PeerName to) {
    waiting.add(() -> send(to, tagged(IpamProtocol.TAG_RING_UPDATE, encode())));
  }

  /** Tells a peer that we have nothing free in the range. */
  void sendDenial(PeerName to, AddressRange range) {
    byte[] payload = tagged(IpamProtocol.TAG_SPACE_DENIED, RingGob.encodeRange(range));
    waiting.add(() -> send(to, payload));
  }

  /** Asks a peer for space, at once: a request tells nothing of our state. */
  void ask(PeerName donor, AddressRange range) throws UnreachablePeerException {
    GossipSender mesh = sender;
    if (mesh == null) {
      throw new UnreachablePeerException("unknown relay destination: " + donor);
    }
    mesh.unicast(donor, tagged(IpamProtocol.TAG_SPACE_REQUEST, RingGob.encodeRange(range)));
  }

  /** Asks an owner for its ring, with the message of a peer that has none (ipam.md 3.3). */
  void askForRing(PeerName owner) {
    GossipState nothing = new GossipState(0, Map.of(), null, null);
    send(owner, tagged(IpamProtocol.TAG_RING_UPDATE, GossipStateCodec.encode(nothing)));
  }

  /** Lets everything go. A reply may cause another event, which then goes on with the rest. */
  void flush() {
    GossipSender mesh = sender;
    if (isBroadcastWanted && mesh != null) {
      isBroadcastWanted = false;
      mesh.broadcast(state);
    }
    for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
      next.run();
    }
  }

  /** Drops everything: the state could not be stored. */
  void discard() {
    isBroadcastWanted = false;
    waiting.clear();
  }

  private void send(PeerName to, byte[] payload) {
    GossipSender mesh = sender;
    try {
      if (mesh != null) {
        mesh.unicast(to, payload);
      }
    } catch (UnreachablePeerException e) {
      // The peer asks again, or hears it with the next gossip.
      LOG.log(Level.DEBUG, "cannot answer {0}: {1}", to, e.getMessage());
    }
  }

  private byte[] encode() {
    GossipState current = published;
    byte[] bytes = encoded;
    hasLeft = true;
    if (bytes == null && current != null) {
      bytes = GossipStateCodec.encode(current);
      encoded = bytes;
    }
    return bytes == null ? new byte[0] : bytes;
  }

  private static byte[] tagged(byte tag, byte[] body) {
    byte[] payload = new byte[body.length + 1];
    payload[0] = tag;
    System.arraycopy(body, 0, payload, 1, body.length);
    return payload;
  }

  /** Whatever is published when the mesh can send it. */
  private final class PublishedState implements GossipData {
    @Override
    public List<byte[]> encode() {
      return List.of(Outbox.this.encode());
    }

    /** None before there is a ring: the agreement on it goes by whole states. */
    @Override
    public OptionalLong digest() {
      Ring ring = published == null ? null : published.ring();
      if (digest.isEmpty() && ring != null) {
        digest = OptionalLong.of(RingDigest.of(ring));
      }
      return digest;
    }

    @Override
    public GossipData merge(GossipData later) {
      return later;
    }
  }
}
