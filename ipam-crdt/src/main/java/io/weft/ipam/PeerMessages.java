package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.gob.GobException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What peers send us (ipam.md 3). Everything is decoded and checked as a whole before any of it
 * counts. Conductor thread only.
 */
final class PeerMessages {
  private static final Logger LOG = System.getLogger(PeerMessages.class.getName());

  private final MeshView mesh;
  private final LocalState state;
  private final Outbox outbox;
  private final Nicknames nicknames;
  private final Bootstrap bootstrap;
  private final RequestDesk desk;
  private final Consumer<Ring> onRingUpdated;

  PeerMessages(
      MeshView mesh,
      LocalState state,
      Outbox outbox,
      Nicknames nicknames,
      Bootstrap bootstrap,
      RequestDesk desk,
      Consumer<Ring> onRingUpdated) {
    this.mesh = mesh;
    this.state = state;
    this.outbox = outbox;
    this.nicknames = nicknames;
    this.bootstrap = bootstrap;
    this.desk = desk;
    this.onRingUpdated = onRingUpdated;
  }

  void onUnicast(PeerName source, byte[] payload) throws GossipException {
    if (payload.length == 0) {
      throw new GossipException("empty IP allocation message from " + source);
    }
    switch (payload[0]) {
      case IpamProtocol.TAG_SPACE_REQUEST -> onSpaceRequest(source, range(payload));
      case IpamProtocol.TAG_RING_UPDATE -> onState(source, payload, 1);
      case IpamProtocol.TAG_SPACE_DENIED -> desk.onDenied(source, range(payload));
      default ->
          throw new GossipException(
              "unknown IP allocation message %d from %s".formatted(payload[0], source));
    }
  }

  private static AddressRange range(byte[] payload) throws GossipException {
    try {
      return RingGob.decodeRange(payload, 1);
    } catch (GobException e) {
      throw new GossipException("undecodable IP allocation range: " + e.getMessage(), e);
    }
  }

  /** A peer's state; the source is null for periodic gossip (3.3). */
  void onState(@Nullable PeerName source, byte[] payload, int offset) throws GossipException {
    GossipState received;
    try {
      received = GossipStateCodec.decode(payload, offset);
    } catch (GobException e) {
      throw new GossipException("undecodable IP allocation state: " + e.getMessage(), e);
    }
    Ring theirs = received.ring();
    Map<NodeId, NodeClaims> paxos = received.paxos();
    nicknames.learn(received.nicknames());
    if (theirs != null) {
      merge(theirs);
    } else if (!state.ring().isEmpty()) {
      if (source != null) {
        outbox.sendState(source);
      }
    } else if (paxos != null) {
      bootstrap.onPaxos(paxos);
    } else if (source != null) {
      bootstrap.onRingWanted();
    }
  }

  private void merge(Ring theirs) throws GossipException {
    switch (RingMerge.merge(state.ring(), theirs, state.space(), nicknames::describe)) {
      case RingMerge.Result.Conflict(String message) -> {
        LOG.log(Level.WARNING, "IP allocation ring of {0} refused: {1}", theirs.self(), message);
        throw new GossipException(message);
      }
      case RingMerge.Result.Merged(Ring ring, boolean isUpdated) -> {
        if (ring.entries().size() > IpamProtocol.MAX_RING_ENTRIES) {
          throw new GossipException(
              "IP allocation ring would have %d entries".formatted(ring.entries().size()));
        }
        if (isUpdated) {
          onRingUpdated.accept(ring);
        } else {
          state.setRing(ring);
        }
      }
    }
  }

  /**
   * A peer asks for space. One that we could not answer gets none: it would never learn of it in
   * time, and the space would be stranded if it is gone.
   */
  private void onSpaceRequest(PeerName source, AddressRange range) {
    if (state.ring().isEmpty() || source.equals(state.ring().self()) || !mesh.isKnown(source)) {
      return;
    }
    if (state.donate(range, source)) {
      outbox.broadcast();
    } else {
      outbox.sendDenial(source, range);
    }
    outbox.sendState(source);
  }
}
