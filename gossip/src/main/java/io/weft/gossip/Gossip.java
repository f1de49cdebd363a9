package io.weft.gossip;

import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.channel.UnreachablePeerException;
import io.weft.gossip.topology.DeltaCodec;
import io.weft.gossip.topology.DeltaMessage;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.MessageCodec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The three kinds of gossip (mesh.md 8): state to some neighbours, broadcasts along a tree, and
 * unicasts hop by hop.
 *
 * <p>While new routes are on their way, state and broadcasts wait for them, so that all peers use
 * the same tree; unicasts go by the old ones (mesh.md 7.3).
 */
final class Gossip {
  private static final int MAX_CHANNEL_NAME_CHARS = 256;

  /** State that waits for routes: a broadcast's source, or whom to leave out. */
  private record Relay(String channel, boolean broadcast, @Nullable PeerName peer) {}

  private final PeerName self;
  private final EventTime time;
  private final RandomGenerator random;
  private final LinkTable links;
  private final Counters counters;
  private final SortedMap<String, GossipChannel> channels = new TreeMap<>();
  private final Map<String, GossipChannel> surrogates = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Relay, GossipData> deferred = new LinkedHashMap<>();
  private final RelayRoom room = new RelayRoom();
  private long deferredBytes;
  private Routes routes;
  private boolean routesPending;
  private boolean fullStatesPending;

  Gossip(
      PeerName self, EventTime time, RandomGenerator random, LinkTable links, Counters counters) {
    this.self = self;
    this.time = time;
    this.random = random;
    this.links = links;
    this.counters = counters;
    routes = Routes.alone(self);
  }

  GossipSender register(GossipChannel channel) {
    String name = channel.name();
    if (channels.putIfAbsent(name, channel) != null) {
      throw new IllegalArgumentException("there is a gossip channel " + name + " already");
    }
    surrogates.remove(name);
    return new Sender(name);
  }

  /** New routes are on their way. */
  void awaitRoutes() {
    routesPending = true;
  }

  /** Uses new routes from now on, first for what has waited for them. */
  void useRoutes(Routes newRoutes) {
    routes = newRoutes;
    routesPending = false;
    Map<Relay, GossipData> waiting = new LinkedHashMap<>(deferred);
    deferred.clear();
    deferredBytes = 0;
    waiting.forEach((relay, data) -> {
      relay(relay, data);
      room.release(data);
    });
    if (fullStatesPending) {
      fullStatesPending = false;
      sendFullStates();
    }
  }

  void peerGone(PeerName peer) {
    channels.values().forEach(channel -> channel.onPeerGone(peer));
  }

  /** A channel that a subsystem of ours owns; null for others. */
  @Nullable GossipChannel owned(String channel) {
    return channels.get(channel);
  }

  /** Every channel's state to some neighbours, once routes are there; or its digest. */
  void sendFullStates() {
    if (routesPending) {
      fullStatesPending = true;
      return;
    }
    for (GossipChannel channel : channels.values()) {
      sendState(channel, channel.fullState());
    }
  }

  /** A channel's digest to some of those neighbours that know what it means. */
  void sendDigests(GossipChannel channel) {
    sendState(channel, null);
  }

  private void sendState(GossipChannel channel, @Nullable GossipData state) {
    boolean digestible = channel.digest().isPresent();
    if (!digestible && state == null) {
      return;
    }
    for (PeerName neighbour : routes.drawNeighbours(null, random)) {
      MeshLink link = links.toPeer(neighbour);
      if (link != null && digestible && link.queue().isExtended()) {
        sendDigest(link, channel);
      } else if (link != null && state != null) {
        link.queue().gossip(channel.name(), state);
      }
    }
  }

  private static void sendDigest(MeshLink link, GossipChannel channel) {
    link.queue()
        .extension(DeltaKind.DIGEST, channel.name(), new LatestData(() -> encodedDigest(channel)));
  }

  private static List<byte[]> encodedDigest(GossipChannel channel) {
    OptionalLong digest = channel.digest();
    return digest.isEmpty()
        ? List.of()
        : List.of(DeltaCodec.encode(new DeltaMessage.Digest(channel.name(), digest.getAsLong())));
  }

  /** Every channel's state down one connection (mesh.md 8.6); of the topology a digest will do. */
  void sendFullStates(MeshLink link) {
    for (GossipChannel channel : channels.values()) {
      if (link.queue().isExtended() && channel instanceof TopologyUpkeep) {
        link.exchanges().greet(time.nanos());
        sendDigest(link, channel);
        continue;
      }
      GossipData state = channel.fullState();
      if (state != null) {
        link.queue().gossip(channel.name(), state);
      }
    }
  }

  /** A neighbour's state (mesh.md 8.2, tag 4). */
  void receive(MeshLink from, MeshMessage.Gossip message) throws GossipException {
    GossipChannel channel = channel(message.channel());
    GossipData update = channel == null ? null : channel.onGossip(message.data(), message.offset());
    if (update != null) {
      gossip(message.channel(), update, from.peer());
    }
  }

  /** A broadcast on its way along its source's tree (mesh.md 8.2, tag 6). */
  void receive(MeshMessage.GossipBroadcast message) throws GossipException {
    if (message.source().equals(self)) {
      // A neighbour with other knowledge of the topology sends it back; our tree starts anew there.
      counters.increment(MeshMetric.BROADCASTS_RETURNED);
      return;
    }
    GossipChannel channel = channel(message.channel());
    GossipData update =
        channel == null
            ? null
            : channel.onBroadcast(message.source(), message.data(), message.offset());
    if (update != null) {
      relay(new Relay(message.channel(), true, message.source()), update);
    }
  }

  /** A unicast for us or for somebody behind us (mesh.md 8.2, tag 5). */
  void receive(MeshLink from, MeshMessage.GossipUnicast message) throws GossipException {
    if (message.destination().equals(self)) {
      GossipChannel channel = channel(message.channel());
      if (channel != null) {
        channel.onUnicast(message.source(), message.payload());
      }
      return;
    }
    PeerName hop = routes.unicastAll(message.destination());
    MeshLink next = hop == null ? null : links.toPeer(hop);
    if (next == null) {
      counters.increment(MeshMetric.UNICASTS_UNROUTABLE);
    } else if (next == from) {
      counters.increment(MeshMetric.UNICASTS_LOOPED);
    } else if (RelayGuard.isDangerous(message)) {
      counters.increment(MeshMetric.UNICASTS_HARMFUL);
    } else {
      next.queue().unicast(message);
    }
  }

  /** Sends state to neighbours other than one (mesh.md 8.3). */
  void gossip(String channel, GossipData data, @Nullable PeerName except) {
    relay(new Relay(channel, false, except), data);
  }

  private void relay(Relay relay, GossipData data) {
    if (routesPending) {
      defer(relay, data);
      return;
    }
    PeerName peer = relay.peer();
    if (relay.broadcast() && peer != null) {
      for (PeerName hop : routes.broadcastAll(peer)) {
        MeshLink link = links.toPeer(hop);
        if (link != null) {
          link.queue().broadcast(relay.channel(), peer, data);
        }
      }
      return;
    }
    for (PeerName neighbour : routes.drawNeighbours(peer, random)) {
      MeshLink link = links.toPeer(neighbour);
      if (link != null) {
        link.queue().gossip(relay.channel(), data);
      }
    }
  }

  private void defer(Relay relay, GossipData data) {
    boolean tooMany =
        !deferred.containsKey(relay) && deferred.size() >= MeshConstants.MAX_WAITING_STATES;
    if (tooMany || deferredBytes + data.heldBytes() > MeshConstants.MAX_WAITING_RELAY_BYTES) {
      counters.increment(MeshMetric.RELAYS_DROPPED);
    } else if (!room.hold(data)) {
      counters.increment(MeshMetric.SURROGATE_DROPPED);
    } else {
      deferredBytes += data.heldBytes();
      deferred.merge(relay, data, room::merge);
    }
  }

  /** Room for what waits to be relayed, shared by all connections. */
  RelayRoom relayRoom() {
    return room;
  }

  /** The owner of a channel, or a surrogate; null when the name is too long for one. */
  private @Nullable GossipChannel channel(String name) {
    GossipChannel channel = channels.get(name);
    if (channel != null) {
      return channel;
    }
    GossipChannel surrogate = surrogates.get(name);
    if (surrogate == null) {
      if (name.length() > MAX_CHANNEL_NAME_CHARS) {
        counters.increment(MeshMetric.SURROGATE_DROPPED);
        return null;
      }
      if (surrogates.size() >= MeshConstants.MAX_SURROGATES) {
        // The one unused for longest goes: invented names must not keep out those in use.
        surrogates.remove(surrogates.keySet().iterator().next());
        counters.increment(MeshMetric.SURROGATE_DROPPED);
      }
      surrogate =
          name.equals(NameserverRelay.CHANNEL)
              ? new NameserverRelay(time, counters)
              : new Surrogate(name, time, counters);
      surrogates.put(name, surrogate);
    }
    return surrogate;
  }

  private void unicast(String channel, PeerName destination, byte[] payload)
      throws UnreachablePeerException {
    PeerName hop = routes.unicastAll(destination);
    if (hop == null) {
      throw new UnreachablePeerException("unknown relay destination: " + destination);
    }
    MeshLink link = links.toPeer(hop);
    if (link == null) {
      throw new UnreachablePeerException("unable to find connection to relay peer " + hop);
    }
    link.queue().unicast(MessageCodec.unicast(channel, self, destination, payload));
  }

  /** Sends for the owner of a channel. */
  private final class Sender implements GossipSender {
    private final String channel;

    Sender(String channel) {
      this.channel = channel;
    }

    @Override
    public void unicast(PeerName destination, byte[] payload) throws UnreachablePeerException {
      Gossip.this.unicast(channel, destination, payload);
    }

    @Override
    public void broadcast(GossipData data) {
      relay(new Relay(channel, true, self), data);
    }

    @Override
    public void gossip(GossipData data) {
      Gossip.this.gossip(channel, data, null);
    }
  }
}
