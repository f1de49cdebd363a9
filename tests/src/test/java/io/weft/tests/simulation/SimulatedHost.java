package io.weft.tests.simulation;

import io.weft.gossip.MeshConfig;
import io.weft.gossip.PeerName;
import io.weft.gossip.Target;
import io.weft.ipam.AllocationResult;
import io.weft.ipam.Allocator;
import io.weft.ipam.Cidr;
import io.weft.ipam.CorruptStateException;
import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.IpamConfig;
import io.weft.ipam.IpamException;
import io.weft.ipam.OwnedAddresses;
import io.weft.ipam.PersistedState;
import io.weft.ipam.Reclaiming;
import io.weft.ipam.Ring;
import io.weft.ipam.TakeoverResult;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A machine: its disk, its containers and its address outlive the routers that run on it. */
final class SimulatedHost {
  private final SimulatedNetwork network;
  private final SplittableRandom random;
  private final Witness witness;
  private final Setup setup;
  private final PeerName name;
  private final InetSocketAddress address;
  private final HostClock clock;
  private final boolean extended;
  private List<Target> targets = List.of();
  private @Nullable PersistedState disk;
  private @Nullable SimulatedRouter router;
  private int requests;
  private int waiting;

  /**
   * A machine on which nothing runs.
   *
   * @param number gives it its address
   * @param extended whether its routers use more than Weave Net knows
   */
  SimulatedHost(
      SimulatedNetwork network,
      SplittableRandom random,
      Witness witness,
      Setup setup,
      PeerName name,
      int number,
      boolean extended) {
    this.network = network;
    this.random = random;
    this.witness = witness;
    this.setup = setup;
    this.name = name;
    this.extended = extended;
    String ip = "198.18.%d.%d".formatted(number / 256, number % 256);
    address = new InetSocketAddress(InetAddress.ofLiteral(ip), Setup.PORT);
    clock = HostClock.random(random);
  }

  PeerName name() {
    return name;
  }

  /** The others it is launched with. */
  void setTargets(List<SimulatedHost> others) {
    targets =
        others.stream()
            .map(other -> new Target(other.address.toString(), List.of(other.address), true))
            .toList();
  }

  boolean isUp() {
    return router != null;
  }

  SimulatedRouter router() {
    return Objects.requireNonNull(router, "the router is down");
  }

  /** Starts a router process on what the disk holds; everything promised must still be there. */
  void start() {
    long uid = random.nextLong() | 1;
    String word = setup.password();
    byte[] password = word == null ? null : word.getBytes(StandardCharsets.UTF_8);
    MeshConfig config =
        new MeshConfig(
            name,
            label(),
            uid,
            password != null,
            Setup.PORT,
            setup.discovery(),
            0,
            List.of(),
            extended);
    SimulatedRouter started =
        new SimulatedRouter(
            network, random.split(), address, clock, config, password, ipam(uid), this::write);
    router = started;
    Map<String, Cidr> durable = witness.ledger().durablePromisesOf(name);
    started.start(read(), this::scan);
    started.run(mesh -> mesh.connect(targets, false));
    checkKnown(durable, "after its restart");
  }

  /** What runs on this host keeps its address, whatever the disk says. */
  private void scan(Allocator allocator) {
    witness
        .ledger()
        .promisedBy(name)
        .forEach((ident, cidr) -> allocator.preClaim(ident, cidr, false));
  }

  private String label() {
    return "host" + name.value();
  }

  private IpamConfig ipam(long uid) {
    try {
      Cidr universe = setup.universe();
      IpamConfig config = IpamConfig.of(name, uid, label(), universe, universe, setup.mode());
      return setup.reclaims()
          ? config.withReclaiming(new Reclaiming(Reclaiming.MIN_NANOS))
          : config;
    } catch (InvalidAddressException e) {
      throw new AssertionError(e);
    }
  }

  private void write(PersistedState state) {
    disk = state;
    if (router != null) {
      witness.persisted(name, state);
    }
  }

  /** What the disk holds, through its encoding. */
  private @Nullable PersistedState read() {
    try {
      return disk == null ? null : PersistedState.decode(disk.encode());
    } catch (CorruptStateException e) {
      throw new AssertionError("a host cannot read what it wrote", e);
    }
  }

  /** The process ends as by kill -9. */
  void crash() {
    router().end();
    router = null;
    waiting = 0;
  }

  /** The disk is lost with the process; the containers go on. */
  void crashAndLoseState() {
    crash();
    disk = null;
    witness.ledger().lost(name);
  }

  /**
   * Hands its space over and ends a moment later, never to come back. What is on its disk counts no
   * more: when its last words are lost, its space must be taken over.
   */
  void leave() {
    SimulatedRouter leaving = router();
    router = null;
    waiting = 0;
    witness.ledger().forget(name);
    leaving.withAllocator(allocator -> allocator.shutdown());
    network
        .schedule()
        .after(
            Schedule.SECOND / 2,
            () -> {
              leaving.run(mesh -> mesh.shutdown());
              network.schedule().after(Schedule.SECOND / 10, leaving::end);
            });
  }

  /** Asks for an address. */
  void allocate() {
    SimulatedRouter asked = router();
    String ident = nextIdent();
    waiting++;
    asked.withAllocator(allocator ->
        allocator.allocate(
            ident,
            setup.universe(),
            false,
            result -> {
              if (result instanceof AllocationResult.Failed(String message)) {
                witness.violations().add("no address for %s: %s".formatted(ident, message));
              }
              answered(asked, ident, result);
            }));
  }

  /** Asks for a certain address, which it may or may not get. */
  void claim() {
    SimulatedRouter asked = router();
    String ident = nextIdent();
    Cidr universe = setup.universe();
    long wanted = universe.address() + 1 + random.nextLong(universe.size() - 2);
    waiting++;
    asked.withAllocator(allocator ->
        allocator.claim(
            ident,
            new Cidr(wanted, universe.prefixLength()),
            false,
            false,
            result -> answered(asked, ident, result)));
  }

  private String nextIdent() {
    return "container" + name.value() + "-" + requests++;
  }

  private void answered(SimulatedRouter asked, String ident, AllocationResult result) {
    if (!asked.equals(router)) {
      return;
    }
    waiting--;
    switch (result) {
      case AllocationResult.Allocated(Cidr cidr) -> {
        network.schedule().note(cidr.address());
        witness.ledger().promised(name, ident, cidr);
      }
      case AllocationResult.Cancelled() -> witness.violations().add("nobody cancelled " + ident);
      case AllocationResult.Failed(var _) -> network.schedule().note(-1);
      // Ten minutes without a free address anywhere; the client may ask again.
      case AllocationResult.Unavailable(var _) -> network.schedule().note(-2);
    }
  }

  /** Gives an address back, if there is one. */
  void release() {
    List<String> idents = List.copyOf(witness.ledger().promisedBy(name).keySet());
    if (idents.isEmpty()) {
      return;
    }
    String ident = idents.get(random.nextInt(idents.size()));
    witness.ledger().released(name, ident);
    router()
        .withAllocator(allocator -> {
          try {
            allocator.release(ident);
          } catch (IpamException e) {
            network.schedule().note(-2);
          }
        });
  }

  /**
   * Takes over the space of another host, asking the other owners unless this router is a plain
   * one, which does as Weave Net does.
   *
   * @param force asks nobody
   * @param reply whether nothing of it is left to take
   */
  void takeOver(SimulatedHost other, boolean force, Consumer<Boolean> reply) {
    router()
        .withAllocator(allocator -> {
          try {
            if (extended && !force) {
              allocator.agreedTakeover(
                  other.name.toString(),
                  result -> reply.accept(!(result instanceof TakeoverResult.Failed)));
            } else {
              allocator.takeover(other.name.toString());
              reply.accept(true);
            }
          } catch (IpamException e) {
            network.schedule().note(-3);
            reply.accept(false);
          }
        });
  }

  /** Whether its routers use more than Weave Net knows. */
  boolean isExtended() {
    return extended;
  }

  /** For measurements: what was stored is forgotten while the router goes on. */
  void forgetDisk() {
    disk = null;
  }

  /** The ring on disk; empty when there is none. */
  Ring ring() {
    PersistedState state = disk;
    return state == null ? Ring.empty(setup.universe().range(), name) : state.ring();
  }

  /** Requests without an answer. */
  int waiting() {
    return waiting;
  }

  /** What callers were told must be what the router knows. */
  void checkPromises(String when) {
    checkKnown(witness.ledger().promisedBy(name), when);
  }

  /** What callers were told and the disk knows must be what the router knows, at any moment. */
  void checkDurablePromises(String when) {
    checkKnown(witness.ledger().durablePromisesOf(name), when);
  }

  private void checkKnown(Map<String, Cidr> wanted, String when) {
    Map<String, OwnedAddresses> known = router().allocator().list();
    wanted.forEach((ident, cidr) -> {
      OwnedAddresses owned = known.get(ident);
      if (owned == null || !owned.cidrs().contains(cidr)) {
        witness.violations().add("%s has lost %s of %s %s".formatted(name, cidr, ident, when));
      }
    });
  }
}
