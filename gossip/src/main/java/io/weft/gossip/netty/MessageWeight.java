package io.weft.gossip.netty;

import io.weft.gossip.wire.MeshMessage;

/** What a message costs while it is held, in bytes. */
final class MessageWeight {
  private MessageWeight() {}

  static int of(MeshMessage message) {
    int size =
        switch (message) {
          case MeshMessage.Gossip m -> m.data().length + m.channel().length();
          case MeshMessage.GossipBroadcast m -> m.data().length + m.channel().length();
          case MeshMessage.GossipUnicast m -> m.data().length;
          case MeshMessage.OverlayControl m -> m.body().length;
          case MeshMessage.LegacyOverlayControl m -> m.body().length;
          case MeshMessage.Heartbeat m -> 0;
          case MeshMessage.Extension m -> m.body().length;
          case MeshMessage.Unknown m -> 0;
          case MeshMessage.Blank m -> 0;
        };
    return size + TransportLimits.MESSAGE_OVERHEAD;
  }
}
