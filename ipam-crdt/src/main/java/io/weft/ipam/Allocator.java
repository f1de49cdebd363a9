package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.channel.StateChannel;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Hands out addresses and shares the universe with the other peers (ipam.md 6). Conductor thread
 * only; does no I/O of its own.
 *
 * <p>What an event has changed is given to the {@link StateSink} before a reply, broadcast or
 * unicast that depends on it leaves. When the sink fails, its exception passes through, nothing
 * leaves, and all further work is refused.
 */
public final class Allocator implements StateChannel, Timed {
  private static final Logger LOG = System.getLogger(Allocator.class.getName());

  private final EventTime time;
  private final Workings workings;
  private final LocalState state;
  private final Outbox outbox;
  private final EventScope scope;
  private final RequestDesk desk;

  /**
   * An allocator that does nothing until {@link #start}.
   *
   * @param config options, as checked by {@link IpamConfig#of}
   * @param time set by the shell before each call
   * @param random decides whom to ask for space; seeded in simulations
   * @param mesh what to ask about the mesh
   * @param sink keeps the state
   */
  public Allocator(
      IpamConfig config, EventTime time, RandomGenerator random, MeshView mesh, StateSink sink) {
    this.time = time;
    workings = new Workings(config, time, random, mesh, sink);
    state = workings.state;
    outbox = workings.outbox;
    scope = workings.scope;
    desk = workings.desk;
  }

  /**
   * Begins, from what was stored or from nothing (ipam.md 7). To be called once, before the mesh
   * delivers anything to this channel.
   *
   * @param sender what registering this channel with the mesh gave
   * @param stored the last state given to the sink, null when there is none
   */
  public void start(GossipSender sender, @Nullable PersistedState stored) {
    scope.open();
    outbox.connect(sender);
    workings.upkeep.begin();
    scope.run(() -> {
      boolean isRestored = stored != null && workings.restore(stored);
      workings.hold.begin(isRestored);
      workings.sightings.begin();
      if (!isRestored) {
        workings.seed();
      }
      state.markChanged(); // Stored in any case, since from now on a stop is unclean.
    });
  }

  /**
   * Announces, before {@link #start}, that the host will be searched for addresses in use. Without
   * stored state nothing is handed out until {@link #preClaimsComplete}, or for a minute.
   */
  public void expectPreClaims() {
    workings.hold.expectSearch();
  }

  /**
   * Every address found in use on this host has been given to {@link #preClaim}.
   *
   * @param isTrustworthy whether the search went well; otherwise what we owned before our state was
   *     lost stays in quarantine
   */
  public void preClaimsComplete(boolean isTrustworthy) {
    scope.run(() -> workings.hold.searched(isTrustworthy));
  }

  /** Why none of our own addresses is handed out at the moment; nothing when some are. */
  public Optional<String> whyWithheld() {
    return workings.withholding.reason();
  }

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
    return allocate(ident, subnet, isContainer, Patience.ENDLESS, reply);
  }

  /** The same for a caller that does not wait for ever. */
  public Operation allocate(
      String ident,
      Cidr subnet,
      boolean isContainer,
      Patience patience,
      Consumer<AllocationResult> reply) {
    return submit(new AllocateRequest(desk, ident, subnet, isContainer, patience, reply));
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
    return claim(ident, cidr, isContainer, noErrorOnUnknown, Patience.ENDLESS, reply);
  }

  /** The same for a caller that does not wait for ever. */
  public Operation claim(
      String ident,
      Cidr cidr,
      boolean isContainer,
      boolean noErrorOnUnknown,
      Patience patience,
      Consumer<AllocationResult> reply) {
    return submit(
        new ClaimRequest(desk, ident, cidr, isContainer, noErrorOnUnknown, patience, reply));
  }

  /**
   * Claims an address that was found in use at start (6.3). Runs as soon as there is a ring;
   * failures are only logged.
   */
  public void preClaim(String ident, Cidr cidr, boolean isContainer) {
    scope.run(() -> {
      ClaimRequest claim =
          new ClaimRequest(desk, ident, cidr, isContainer, true, Patience.ENDLESS, result -> {});
      claim.succeed(cidr);
      desk.queue(claim);
    });
  }

  /**
   * Waits until there is a ring, or shutdown; makes one if need be.
   *
   * @param reply called exactly once, perhaps before this returns
   */
  public Operation prime(Runnable reply) {
    return prime(Patience.ENDLESS, result -> reply.run());
  }

  /** The same for a caller that does not wait for ever; whatever the result, the wait is over. */
  public Operation prime(Patience patience, Consumer<AllocationResult> reply) {
    return submit(new PrimeRequest(desk, patience, reply));
  }

  private Operation submit(Request request) {
    if (scope.isRunning()) {
      scope.runGrouped(() -> desk.submit(request));
    } else if (scope.isHalted()) {
      request.fail("IP allocation has stopped: its state cannot be stored");
      outbox.flush();
    } else {
      request.answer(new AllocationResult.Cancelled());
      outbox.flush();
    }
    return request;
  }

  /** Addresses of {@code ident} among the host addresses of {@code subnet}; never waits. */
  public List<Cidr> lookup(String ident, Cidr subnet) {
    return state.holdings().find(ident, subnet.hostRange());
  }

  /** Everything in use, by identity, in the order it was given out. */
  public Map<String, OwnedAddresses> list() {
    return state.holdings().snapshot();
  }

  /**
   * Frees all addresses of {@code ident}.
   *
   * @throws IpamException {@code Delete: no addresses for ID}
   */
  public void release(String ident) throws IpamException {
    boolean[] found = new boolean[1];
    scope.runGrouped(() -> {
      boolean hadClaims = desk.dropAnsweredClaims(ident);
      found[0] = state.release(ident) || hadClaims;
    });
    if (!found[0]) {
      throw new IpamException("Delete: no addresses for " + ident);
    }
  }

  /**
   * Frees one address of {@code ident}.
   *
   * @throws IpamException {@code Free: address A not found for ID}
   */
  public void release(String ident, long address) throws IpamException {
    boolean[] found = new boolean[1];
    scope.runGrouped(() -> {
      boolean hadClaim = desk.dropAnsweredClaim(ident, address);
      found[0] = state.release(ident, address) || hadClaim;
    });
    if (!found[0]) {
      throw new IpamException(
          "Free: address %s not found for %s".formatted(Ipv4.format(address), ident));
    }
  }

  /** Runs a reply once everything done so far is stored, perhaps before this returns. */
  public void afterStoring(Runnable reply) {
    scope.afterStoring(reply);
  }

  /** Container life cycle: it stopped; its addresses are freed after 30 s (6.4). */
  public void containerDied(String ident) {
    scope.run(() -> {
      state.holdings().markDead(ident, time.nanos());
      desk.cancelAll(ident);
    });
  }

  /** Container life cycle: it runs again. */
  public void containerStarted(String ident) {
    scope.run(() -> state.holdings().markAlive(ident));
  }

  /** Container life cycle: it was removed; its addresses are freed now. */
  public void containerDestroyed(String ident) {
    scope.run(() -> {
      desk.cancelAll(ident);
      if (state.holdings().isContainer(ident)) {
        state.release(ident);
      }
    });
  }

  /**
   * Leaves for good (6.5): cancels what waits, gives our space to a peer that is reachable and
   * refuses everything from now on. When nobody is reachable we stay the owner, in the ring and on
   * disk, since space given to a peer that is gone would be lost.
   */
  public void shutdown() {
    scope.run(() -> {
      scope.leaveAfterThisEvent();
      desk.cancelAll();
      workings.takeovers.cancelAll();
      Optional<PeerName> heir = workings.succession.heir();
      heir.ifPresent(peer -> {
        LOG.log(Level.INFO, "IP ranges go to {0}", workings.nicknames.describe(peer));
        state.handOver(peer);
        outbox.broadcast();
      });
    });
  }

  /**
   * Stops in order but stays owner of everything: cancels what waits and marks the stored state as
   * complete. Everything is refused from now on.
   */
  public void close() {
    scope.run(() -> {
      desk.cancelAll();
      workings.takeovers.cancelAll();
    });
    scope.close();
  }

  /**
   * Takes over the space of a peer at once and without asking anybody, as Weave Net does (6.6).
   * Safe only when one peer does so, once, has the other's last ring, and the other is gone.
   *
   * @param nicknameOrName whose
   * @return unused addresses gained, whoever has got some of them at once; 0 for ourselves and for
   *     nobody we know
   * @throws IpamException when a nickname means a peer that is reachable
   */
  public long takeover(String nicknameOrName) throws IpamException {
    Optional<PeerName> victim = workings.succession.victim(nicknameOrName, true);
    long[] gained = new long[1];
    scope.run(() -> victim.ifPresent(peer -> gained[0] = workings.take(peer)));
    return gained[0];
  }

  /**
   * Takes over the space of a vanished peer when a majority of the ring's owners agrees that it is
   * us (docs/ipam.md). Asks nobody where nobody else was ever heard on {@link #takeoverChannel}.
   *
   * @param nicknameOrName whose
   * @param reply called once, within ten seconds and perhaps before this returns
   * @throws IpamException when that peer is reachable
   */
  public void agreedTakeover(String nicknameOrName, Consumer<TakeoverResult> reply)
      throws IpamException {
    Optional<PeerName> victim = workings.succession.victim(nicknameOrName, false);
    if (victim.isEmpty() || !scope.isRunning()) {
      reply.accept(new TakeoverResult.Taken(0));
      return;
    }
    scope.run(() -> workings.takeovers.begin(victim.get(), false, reply));
  }

  /** Where peers agree about takeovers; its sender is for {@link #connectTakeovers}. */
  public GossipChannel takeoverChannel() {
    return workings.takeoverChannel;
  }

  /** Lets takeovers be agreed on from now on. */
  public void connectTakeovers(GossipSender sender) {
    workings.takeoverLink.connect(sender);
  }

  /** Where addresses come from unless the request says otherwise. */
  public Cidr defaultSubnet() {
    return workings.config.defaultSubnet();
  }

  /** A snapshot for status and report (9). */
  public IpamStatus status() {
    return workings.status();
  }

  @Override
  public String name() {
    return IpamProtocol.CHANNEL;
  }

  @Override
  public @Nullable GossipData fullState() {
    return outbox.state();
  }

  @Override
  public @Nullable GossipData onGossip(byte[] data, int offset) throws GossipException {
    scope.receive(() -> workings.messages.onState(null, data, offset));
    return null;
  }

  @Override
  public @Nullable GossipData onBroadcast(PeerName source, byte[] data, int offset)
      throws GossipException {
    scope.receive(() -> workings.messages.onState(source, data, offset));
    return outbox.state();
  }

  @Override
  public void onUnicast(PeerName source, byte[] payload) throws GossipException {
    scope.receive(() -> workings.messages.onUnicast(source, payload));
  }

  @Override
  public void onPeerGone(PeerName peer) {
    scope.run(() -> {
      workings.quarantine.forgetAgreement(peer);
      if (!state.ring().owners().contains(peer)) {
        workings.nicknames.forget(peer);
      }
    });
  }

  @Override
  public long nextDeadlineNanos() {
    return scope.isRunning() ? workings.nextDeadlineNanos() : NEVER;
  }

  @Override
  public void onTime() {
    workings.onTime();
  }
}
