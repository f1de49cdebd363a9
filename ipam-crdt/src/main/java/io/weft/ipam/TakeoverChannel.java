package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The gossip channel on which Weft's peers agree about takeovers (docs/protocol.md). Weave Net's
 * peers relay it unread. Nothing on it costs a connection. Conductor thread only.
 */
final class TakeoverChannel implements GossipChannel {
  /** The channel's name on the wire. */
  static final String NAME = "weft-ipam";

  /** Our choice of the time's unit: as often as state is gossiped. */
  private static final int HALF_MINUTE_SECONDS = 30;

  private final EventTime time;
  private final EventScope scope;
  private final Outbox outbox;
  private final Sightings sightings;
  private final TakeoverVoter voter;
  private final Takeovers takeovers;
  private final TakeoverLink link;
  private final GossipData presence = new PresenceData();

  TakeoverChannel(
      EventTime time,
      EventScope scope,
      Outbox outbox,
      Sightings sightings,
      TakeoverVoter voter,
      Takeovers takeovers,
      TakeoverLink link) {
    this.time = time;
    this.scope = scope;
    this.outbox = outbox;
    this.sightings = sightings;
    this.voter = voter;
    this.takeovers = takeovers;
    this.link = link;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable GossipData fullState() {
    return scope.isRunning() ? presence : null;
  }

  @Override
  public @Nullable GossipData onGossip(byte[] payload) {
    if (scope.isRunning()
        && TakeoverCodec.decode(payload).orElse(null)
            instanceof TakeoverMessage.Presence(List<PeerName> peers, _)) {
      sightings.heardOf(peers);
    }
    return null;
  }

  @Override
  public @Nullable GossipData onBroadcast(PeerName source, byte[] payload) {
    // Nothing is broadcast yet; later versions may.
    return null;
  }

  @Override
  public void onUnicast(PeerName source, byte[] payload) {
    scope.run(() -> TakeoverCodec.decode(payload).ifPresent(message -> handle(source, message)));
  }

  private void handle(PeerName source, TakeoverMessage message) {
    sightings.heardOf(List.of(source));
    switch (message) {
      case TakeoverMessage.Presence(List<PeerName> peers, _) -> sightings.heardOf(peers);
      case TakeoverMessage.Prepare prepare -> answer(source, voter.onPrepare(prepare));
      case TakeoverMessage.Accept accept -> answer(source, voter.onAccept(accept));
      case TakeoverMessage.Decided decided -> takeovers.onDecided(decided);
      case TakeoverMessage.About other -> takeovers.onAnswer(source, other);
    }
  }

  private void answer(PeerName to, TakeoverMessage.About answer) {
    if (answer instanceof TakeoverMessage.Refusal refusal
        && refusal.reason() == TakeoverMessage.Reason.RING_IS_OLD) {
      outbox.sendState(to);
    }
    link.send(to, answer);
  }

  @Override
  public void onPeerGone(PeerName peer) {
    sightings.forget(peer);
  }

  /** Who speaks here, at the moment of sending. */
  private final class PresenceData implements GossipData {
    @Override
    public List<byte[]> encode() {
      // A relay without a part in this channel lets a payload through once (mesh.md 8.7); another
      // one that says the same must reach those who have forgotten it since, or just begun.
      int halfMinutes = (int) (time.unixSeconds() / HALF_MINUTE_SECONDS);
      return List.of(
          TakeoverCodec.encode(new TakeoverMessage.Presence(sightings.speakers(), halfMinutes)));
    }

    @Override
    public OptionalLong digest() {
      return OptionalLong.of(RingDigest.of(sightings.speakers()));
    }

    @Override
    public GossipData merge(GossipData later) {
      return later;
    }
  }
}
