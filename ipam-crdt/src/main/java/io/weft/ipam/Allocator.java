package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.GossipSender;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Hands out addresses and shares the universe with the other peers (ipam.md 6). Conductor thread
 * only; does no I/O of its own.
 *
 * <p>Everything an event has changed is given to the {@link StateSink} before the first reply,
 * broadcast or unicast that depends on it leaves, and only when something changed.
 */
public final class Allocator implements GossipChannel, Timed {
  private final IpamConfig config;
  private final Map<String, OwnedAddresses> owned = new java.util.LinkedHashMap<>();

  /** An allocator that does nothing until {@link #start}. */
  public Allocator(
      IpamConfig config, EventTime time, RandomGenerator random, MeshView mesh, StateSink sink) {
    this.config = config;
  }

  /**
   * Begins, from what was stored or from nothing (ipam.md 7).
   *
   * @param sender what registering this channel with the mesh gave
   * @param stored the last state given to the sink, null when there is none
   */
  public void start(GossipSender sender, @Nullable PersistedState stored) {}

  /**
   * Allocates an address (6.2). Waits for space as long as it takes.
   *
   * @param ident for whom; {@code _} for nobody in particular
   * @param subnet where from
   * @param isContainer whether the death of the container named {@code ident} frees it
   * @param reply called exactly once, perhaps before this returns
   */
  public Operation allocate(
      String ident, Cidr subnet, boolean isContainer, Consumer<AllocationResult> reply) {
    return refuse(reply);
  }

  /**
   * Claims a certain address (6.3). The failure text lacks the {@code Unable to claim: } of the
   * API.
   *
   * @param ident for whom; {@code _} for nobody in particular
   * @param cidr the address with its prefix length; host bits allowed
   * @param isContainer whether the death of the container named {@code ident} frees it
   * @param noErrorOnUnknown answer at once when the owner is not known yet and keep claiming
   * @param reply called exactly once, perhaps before this returns
   */
  public Operation claim(
      String ident,
      Cidr cidr,
      boolean isContainer,
      boolean noErrorOnUnknown,
      Consumer<AllocationResult> reply) {
    return refuse(reply);
  }

  /** Waits until there is a ring, or shutdown; makes one if need be. */
  public Operation prime(Runnable reply) {
    return refuse(result -> reply.run());
  }

  /** Addresses of {@code ident} among the host addresses of {@code subnet}; never waits. */
  public List<Cidr> lookup(String ident, Cidr subnet) {
    return List.of();
  }

  /** Everything in use, by identity. */
  public Map<String, OwnedAddresses> list() {
    return Map.of();
  }

  /**
   * Frees all addresses of {@code ident}.
   *
   * @throws IpamException {@code Delete: no addresses for ID}
   */
  public void release(String ident) throws IpamException {
    if (owned.remove(ident) == null) {
      throw new IpamException("Delete: no addresses for " + ident);
    }
  }

  /**
   * Frees one address of {@code ident}.
   *
   * @throws IpamException {@code Free: address A not found for ID}
   */
  public void release(String ident, long address) throws IpamException {
    if (!owned.containsKey(ident)) throw new IpamException(
        "Free: address %s not found for %s".formatted(Ipv4.format(address), ident));
  }

  /** Container life cycle: it stopped; its addresses are freed after 30 s (6.4). */
  public void containerDied(String ident) {}

  /** Container life cycle: it runs again. */
  public void containerStarted(String ident) {}

  /** Container life cycle: it was removed; its addresses are freed now. */
  public void containerDestroyed(String ident) {}

  /**
   * Leaves for good (6.5): cancels what waits, gives our space to a peer that is reachable and
   * refuses everything from now on.
   */
  public void shutdown() {}

  /**
   * Stops in order but stays owner of everything: marks the stored state as complete. Nothing may
   * be called afterwards.
   */
  public void close() {}

  /**
   * Takes over the space of a vanished peer (6.6).
   *
   * @param nicknameOrName whose
   * @return free addresses gained; 0 for ourselves and for nobody we know
   * @throws IpamException when that peer is reachable: it would go on using its space
   */
  public long takeover(String nicknameOrName) throws IpamException {
    return 0;
  }

  /** A snapshot for status and report (9). */
  public IpamStatus status() {
    return new IpamStatus(
        "idle",
        config.universe(),
        config.defaultSubnet(),
        config.universe().size(),
        0,
        null,
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  @Override
  public String name() {
    return IpamProtocol.CHANNEL;
  }

  @Override
  public @Nullable GossipData fullState() {
    return null;
  }

  @Override
  public @Nullable GossipData onGossip(byte[] payload) throws GossipException {
    return null;
  }

  @Override
  public @Nullable GossipData onBroadcast(PeerName source, byte[] payload) throws GossipException {
    return null;
  }

  @Override
  public void onUnicast(PeerName source, byte[] payload) throws GossipException {}

  @Override
  public void onPeerGone(PeerName peer) {}

  @Override
  public long nextDeadlineNanos() {
    return NEVER;
  }

  @Override
  public void onTime() {}

  private static Operation refuse(Consumer<AllocationResult> reply) {
    reply.accept(new AllocationResult.Cancelled());
    return new Operation() {
      @Override
      public boolean cancel() {
        return false;
      }

      @Override
      public boolean isDone() {
        return true;
      }
    };
  }
}
