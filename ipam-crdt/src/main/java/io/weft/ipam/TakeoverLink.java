package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.channel.UnreachablePeerException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** Sends on the channel of takeovers, after the votes are stored. Conductor thread only. */
final class TakeoverLink {
  private static final Logger LOG = System.getLogger(TakeoverLink.class.getName());

  private final Outbox outbox;
  private @Nullable GossipSender sender;

  TakeoverLink(Outbox outbox) {
    this.outbox = outbox;
  }

  void connect(GossipSender mesh) {
    sender = mesh;
  }

  boolean isConnected() {
    return sender != null;
  }

  void send(PeerName to, TakeoverMessage message) {
    GossipSender mesh = sender;
    if (mesh == null) {
      return;
    }
    outbox.reply(() -> {
      try {
        mesh.unicast(to, TakeoverCodec.encode(message));
      } catch (UnreachablePeerException e) {
        LOG.log(Level.DEBUG, "cannot reach {0} about a takeover: {1}", to, e.getMessage());
      }
    });
  }
}
