package io.weft.gossip.channel;

import io.weft.gossip.PeerName;
import org.jspecify.annotations.Nullable;

/** A channel whose state may be large, so that a payload is read where it has arrived. */
public interface StateChannel extends GossipChannel {
  @Override
  default @Nullable GossipData onGossip(byte[] payload) throws GossipException {
    return onGossip(payload, 0);
  }

  @Override
  @Nullable GossipData onGossip(byte[] data, int offset) throws GossipException;

  @Override
  default @Nullable GossipData onBroadcast(PeerName source, byte[] payload) throws GossipException {
    return onBroadcast(source, payload, 0);
  }

  @Override
  @Nullable GossipData onBroadcast(PeerName source, byte[] data, int offset) throws GossipException;
}
