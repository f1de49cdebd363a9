package io.weft.gossip.channel;

import io.weft.gossip.PeerName;
import java.util.Arrays;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A sub-protocol carried by the mesh (mesh.md 8.1). Called on the conductor thread; must not block.
 *
 * <p>A {@link GossipException} closes the connection that delivered the payload, with its message
 * as the reason.
 */
public interface GossipChannel {
  /** The channel's name on the wire, for example {@code IPallocation}. */
  String name();

  /** The complete state, sent periodically and down new connections; null when there is none. */
  @Nullable GossipData fullState();

  /** The hash of {@link #fullState}, without making it if need be. */
  default OptionalLong digest() {
    GossipData state = fullState();
    return state == null ? OptionalLong.empty() : state.digest();
  }

  /** A neighbour's state (tag 4). Returns what to pass on to other neighbours, or null. */
  @Nullable GossipData onGossip(byte[] payload) throws GossipException;

  /** The same with a payload that reaches from an offset to the end of an array. */
  default @Nullable GossipData onGossip(byte[] data, int offset) throws GossipException {
    return onGossip(offset == 0 ? data : Arrays.copyOfRange(data, offset, data.length));
  }

  /** A broadcast by {@code source} (tag 6). Returns what to pass on along its tree, or null. */
  @Nullable GossipData onBroadcast(PeerName source, byte[] payload) throws GossipException;

  /** The same with a payload that reaches from an offset to the end of an array. */
  default @Nullable GossipData onBroadcast(PeerName source, byte[] data, int offset)
      throws GossipException {
    return onBroadcast(source, offset == 0 ? data : Arrays.copyOfRange(data, offset, data.length));
  }

  /** A message for us from {@code source} (tag 5). */
  void onUnicast(PeerName source, byte[] payload) throws GossipException;

  /** The mesh has removed a peer that nobody reaches any more. */
  default void onPeerGone(PeerName peer) {}
}
