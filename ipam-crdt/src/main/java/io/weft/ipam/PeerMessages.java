package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.gob.GobException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What peers send us (ipam.md 3). Everything is decoded and checked as a whole before any of it
 * counts. Conductor thread only.
 */
final class PeerMessages {
  private final MeshView mesh;
  private final LocalState state;
  private final Outbox outbox;
  private final Nicknames nicknames;
  private final Bootstrap bootstrap;
  private final RequestDesk desk;
  private final DisputeDesk disputes;
  private final Quarantine quarantine;
  private final Withholding withholding;
  private final Reconciliation rings;

  PeerMessages(
      MeshView mesh,
      LocalState state,
      Outbox outbox,
      Nicknames nicknames,
      Bootstrap bootstrap,
      RequestDesk desk,
      DisputeDesk disputes,
      Quarantine quarantine,
      Withholding withholding,
      Reconciliation rings) {
    this.mesh = mesh;
    this.state = state;
    this.outbox = outbox;
    this.nicknames = nicknames;
    this.bootstrap = bootstrap;
    this.desk = desk;
    this.disputes = disputes;
    this.quarantine = quarantine;
    this.withholding = withholding;
    this.rings = rings;
  }

  void onUnicast(PeerName source, byte[] payload) throws GossipException {
    if (payload.length == 0) {
      throw new GossipException("empty IP allocation message from " + source);
    }
    switch (payload[0]) {
      case IpamProtocol.TAG_SPACE_REQUEST -> onSpaceRequest(source, range(payload));
      case IpamProtocol.TAG_RING_UPDATE -> onState(source, payload, 1);
      case IpamProtocol.TAG_SPACE_DENIED -> onDenied(source, range(payload));
      default ->
          throw new GossipException(
              "unknown IP allocation message %d from %s".formatted(payload[0], source));
    }
  }

  private void onDenied(PeerName source, AddressRange range) {
    desk.onDenied(source, range);
    disputes.onDenied(source, range);
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
    nicknames.learn(NicknameTable.of(received.nicknames()));
    if (theirs != null) {
      rings.receive(theirs);
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

  /**
   * A peer asks for space. One that we could not answer gets none: it would never learn of it in
   * time, and the space would be stranded if it is gone. As long as we do not know what is ours we
   * do not say no either: a denied address counts as used by us.
   */
  private void onSpaceRequest(PeerName source, AddressRange range) {
    if (state.ring().isEmpty() || source.equals(state.ring().self()) || !mesh.isKnown(source)) {
      return;
    }
    if (state.donate(range, source) || giveBack(source, range)) {
      outbox.broadcast();
    } else if (range.size() > 1 || withholding.heldReason() == null) {
      outbox.sendDenial(source, range);
    }
    outbox.sendState(source);
  }

  /** Gives an address in quarantine to the peer that the quarantine waits for. */
  private boolean giveBack(PeerName source, AddressRange range) {
    return range.size() == 1
        && withholding.heldReason() == null
        && quarantine.isClaimedBy(source, range.start())
        && state.donateWithheld(range.start(), source);
  }
}
