package io.weft.tests.simulation;

import io.weft.gossip.MeshConfig;
import io.weft.gossip.PeerName;
import io.weft.gossip.Target;
import io.weft.ipam.AllocationResult;
import io.weft.ipam.BootstrapMode;
import io.weft.ipam.Cidr;
import io.weft.ipam.CorruptStateException;
import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.IpamConfig;
import io.weft.ipam.IpamException;
import io.weft.ipam.OwnedAddresses;
import io.weft.ipam.PersistedState;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A machine: its disk and address outlive the router processes that run on it. */
final class SimulatedHost {
  static final int PORT = 6783;

  private final SimulatedNetwork network;
  private final SplittableRandom random;
  private final Ledger ledger;
  private final Options options;
  private final PeerName name;
  private final InetSocketAddress address;
  private List<Target> targets = List.of();
  private byte @Nullable [] disk;
  private @Nullable SimulatedRouter router;
  private int requests;
  private int waiting;

  /** What all routers of a simulation are launched with. */
  record Options(
      String universe, int expectedRouters, boolean discovery, @Nullable String password) {}

  SimulatedHost(
      SimulatedNetwork network,
      SplittableRandom random,
      Ledger ledger,
      Options options,
      PeerName name,
      InetSocketAddress address) {
    this.network = network;
    this.random = random;
    this.ledger = ledger;
    this.options = options;
    this.name = name;
    this.address = address;
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
    String word = options.password();
    byte[] password = word == null ? null : word.getBytes(StandardCharsets.UTF_8);
    MeshConfig config =
        new MeshConfig(
            name, label(), uid, password != null, PORT, options.discovery(), 0, List.of());
    SimulatedRouter started =
        new SimulatedRouter(
            network, random.split(), address, config, password, ipam(uid), this::write);
    router = started;
    started.start(read());
    started.run(mesh -> mesh.connect(targets, false));
    checkPromises();
  }

  private String label() {
    return "host" + name.value();
  }

  private IpamConfig ipam(long uid) {
    try {
      Cidr universe = Cidr.parseSubnet(options.universe());
      return IpamConfig.of(
          name,
          uid,
          label(),
          universe,
          universe,
          new BootstrapMode.Consensus(options.expectedRouters()));
    } catch (InvalidAddressException e) {
      throw new AssertionError(e);
    }
  }

  private void write(PersistedState state) {
    disk = state.encode();
    ledger.persisted(name, state.owned());
  }

  private @Nullable PersistedState read() {
    try {
      return disk == null ? null : PersistedState.decode(disk);
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

  /** Hands its space over and ends a moment later, never to come back. */
  void leave() {
    SimulatedRouter leaving = router();
    ledger.forget(name);
    leaving.withAllocator(allocator -> allocator.shutdown());
    router = null;
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
    String ident = "container" + name.value() + "-" + requests++;
    waiting++;
    asked.withAllocator(allocator ->
        allocator.allocate(ident, subnet(), false, result -> answered(asked, ident, result)));
  }

  private void answered(SimulatedRouter asked, String ident, AllocationResult result) {
    if (!asked.equals(router)) {
      return;
    }
    waiting--;
    switch (result) {
      case AllocationResult.Allocated(Cidr cidr) -> {
        network.schedule().note(cidr.address());
        ledger.promised(name, ident, cidr);
      }
      case AllocationResult.Cancelled() -> throw new AssertionError("nobody cancelled " + ident);
      case AllocationResult.Failed(String message) -> throw new AssertionError(message);
    }
  }

  /** Gives an address back, if there is one. */
  void release() {
    List<String> idents = List.copyOf(ledger.promisedBy(name).keySet());
    if (idents.isEmpty()) {
      return;
    }
    String ident = idents.get(random.nextInt(idents.size()));
    ledger.released(name, ident);
    router()
        .withAllocator(allocator -> {
          try {
            allocator.release(ident);
          } catch (IpamException e) {
            throw new AssertionError(e);
          }
        });
  }

  /** Takes over the space of a host that is dead for good. */
  void takeOver(SimulatedHost dead) {
    ledger.forget(dead.name);
    router()
        .withAllocator(allocator -> {
          try {
            allocator.takeover(dead.name.toString());
          } catch (IpamException e) {
            throw new AssertionError(e);
          }
        });
  }

  /** Requests without an answer. */
  int waiting() {
    return waiting;
  }

  /** What callers were told must be what the router knows. */
  void checkPromises() {
    Map<String, OwnedAddresses> known = router().allocator().list();
    ledger
        .promisedBy(name)
        .forEach((ident, cidr) -> {
          OwnedAddresses owned = known.get(ident);
          if (owned == null || !owned.cidrs().contains(cidr)) {
            throw new AssertionError(
                "%s has lost %s of %s; it knows %s".formatted(name, cidr, ident, owned));
          }
        });
  }

  private Cidr subnet() {
    try {
      return Cidr.parseSubnet(options.universe());
    } catch (InvalidAddressException e) {
      throw new AssertionError(e);
    }
  }
}
