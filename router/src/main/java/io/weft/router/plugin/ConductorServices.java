package io.weft.router.plugin;

import io.weft.cni.plugin.CniException;
import io.weft.cni.plugin.RouterServices;
import io.weft.ipam.AllocationResult;
import io.weft.ipam.Allocator;
import io.weft.ipam.Cidr;
import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.IpamException;
import io.weft.ipam.IpamProtocol;
import io.weft.ipam.IpamStatus;
import io.weft.ipam.Operation;
import io.weft.ipam.OwnedAddresses;
import io.weft.ipam.Patience;
import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.router.host.Exposure;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The router's services for CNI plugins. Any thread but the conductor, which these wait for. */
public final class ConductorServices implements RouterServices {
  /** Our choice: the conductor answers within milliseconds unless something is very wrong. */
  private static final Duration CONDUCTOR_LIMIT = Duration.ofSeconds(10);

  /** Our choice: runtimes ask often whether the network is ready. */
  private static final Duration STATUS_LIMIT = Duration.ofSeconds(2);

  private static final System.Logger LOGGER = System.getLogger(ConductorServices.class.getName());

  private final String bridge;
  private final Executor conductor;
  private final @Nullable Allocator allocator;
  private final @Nullable Cidr defaultSubnet;
  private final Exposure exposure;

  /**
   * Services of a router.
   *
   * @param conductor runs tasks on the conductor thread
   * @param allocator null when this router allocates no addresses
   * @param defaultSubnet null likewise
   */
  public ConductorServices(
      String bridge,
      Executor conductor,
      @Nullable Allocator allocator,
      @Nullable Cidr defaultSubnet,
      Exposure exposure) {
    this.defaultSubnet = defaultSubnet;
    this.bridge = bridge;
    this.conductor = conductor;
    this.allocator = allocator;
    this.exposure = exposure;
  }

  @Override
  public String bridge() {
    return bridge;
  }

  @Override
  public Ipv4Prefix allocate(
      String identity, Optional<Ipv4Prefix> subnet, Duration limit, BooleanSupplier isGone)
      throws IOException {
    return allocate(identity, true, subnet, limit, isGone);
  }

  private Ipv4Prefix allocate(
      String identity,
      boolean isContainer,
      Optional<Ipv4Prefix> subnet,
      Duration limit,
      BooleanSupplier isGone)
      throws IOException {
    Allocator pool = pool();
    Patience patience = Patience.until(isGone).atMost(limit);
    AllocationResult result =
        await(
            limit,
            reply ->
                pool.allocate(
                    identity,
                    subnet.isPresent()
                        ? Cidr.parseSubnet(subnet.get().toString())
                        : pool.defaultSubnet(),
                    isContainer,
                    patience,
                    reply));
    return switch (result) {
      case AllocationResult.Allocated(Cidr cidr) -> prefix(cidr);
      case AllocationResult.Cancelled() -> throw cancelled();
      case AllocationResult.Failed(String message) -> throw refused(message);
      case AllocationResult.Unavailable(String explanation) -> throw unavailable(explanation);
    };
  }

  @Override
  public void claim(String identity, Ipv4Prefix address, Duration limit, BooleanSupplier isGone)
      throws IOException {
    Allocator pool = pool();
    Patience patience = Patience.until(isGone).atMost(limit);
    AllocationResult result =
        await(limit, reply -> pool.claim(identity, cidr(address), true, false, patience, reply));
    switch (result) {
      case AllocationResult.Allocated allocated -> {}
      case AllocationResult.Cancelled() -> throw cancelled();
      case AllocationResult.Failed(String message) -> throw refused(message);
      case AllocationResult.Unavailable(String explanation) -> throw unavailable(explanation);
    }
  }

  @Override
  public int defaultPrefixLength() {
    return defaultSubnet == null ? Integer.SIZE : defaultSubnet.prefixLength();
  }

  @Override
  public void release(String identity) throws IOException {
    Allocator pool = allocator;
    if (pool == null) {
      return;
    }
    onConductor(reply -> {
      try {
        pool.release(identity);
        pool.afterStoring(() -> reply.accept(true));
      } catch (IpamException e) {
        // It has nothing, which is what was wanted.
        reply.accept(false);
      }
    });
  }

  @Override
  public Map<String, List<Ipv4Prefix>> containerAddresses() throws IOException {
    Allocator pool = allocator;
    Map<String, List<Ipv4Prefix>> addresses = new HashMap<>();
    if (pool == null) {
      return addresses;
    }
    Map<String, OwnedAddresses> owned =
        this.<Map<String, OwnedAddresses>>onConductor(reply -> reply.accept(pool.list()));
    owned.forEach((identity, held) -> {
      if (held.isContainer() && !identity.equals(IpamProtocol.EXPOSE_IDENT)) {
        addresses.put(identity, held.cidrs().stream().map(ConductorServices::prefix).toList());
      }
    });
    return addresses;
  }

  @Override
  public Optional<String> whyUnavailable() throws IOException {
    Allocator pool = allocator;
    if (pool == null) {
      return Optional.of("address allocation is switched off");
    }
    // Nobody has asked for an address before the first one: only asking tells.
    AllocationResult primed =
        await(STATUS_LIMIT, reply -> pool.prime(Patience.ENDLESS.atMost(STATUS_LIMIT), reply));
    if (primed instanceof AllocationResult.Unavailable(String explanation)) {
      return Optional.of(explanation);
    }
    return this.<Optional<String>>onConductor(reply -> reply.accept(why(pool)));
  }

  private static Optional<String> why(Allocator pool) {
    IpamStatus all = pool.status();
    String status = all.health().isExhausted() ? "no address is free" : all.status();
    boolean isGood = status.equals("ready") || status.equals("idle");
    return pool.whyWithheld().or(() -> isGood ? Optional.empty() : Optional.of(status));
  }

  @Override
  public Ipv4Prefix exposeBridge(
      Optional<Ipv4Prefix> subnet, Duration limit, BooleanSupplier isGone) throws IOException {
    Ipv4Prefix address = allocate(IpamProtocol.EXPOSE_IDENT, false, subnet, limit, isGone);
    expose(address);
    return address;
  }

  @Override
  public void expose(Ipv4Prefix address) throws IOException {
    exposure.expose(address, true);
    try {
      exposure.awaitRules();
    } catch (IOException e) {
      // On a host without packet filter containers reach each other; the log tells what they miss.
      LOGGER.log(Level.DEBUG, "the bridge is exposed without its rules", e);
    }
  }

  private Allocator pool() throws CniException {
    if (allocator == null) {
      throw new CniException(
          CniException.ADDRESS_REFUSED,
          "unable to allocate IP address: the router was launched without address allocation",
          "give ipam.type in the configuration, or launch with --ipalloc-range");
    }
    return allocator;
  }

  /** Begins something that the allocator answers when it can. */
  private interface Start {
    Operation begin(Consumer<AllocationResult> reply) throws InvalidAddressException;
  }

  private AllocationResult await(Duration limit, Start start) throws IOException {
    CompletableFuture<AllocationResult> answer = new CompletableFuture<>();
    CompletableFuture<Operation> begun = new CompletableFuture<>();
    conductor.execute(() -> {
      try {
        begun.complete(start.begin(answer::complete));
      } catch (InvalidAddressException e) {
        answer.complete(new AllocationResult.Failed(String.valueOf(e.getMessage())));
      }
    });
    try {
      return answer.get(limit.plus(CONDUCTOR_LIMIT).toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      var _ = begun.thenAccept(operation -> conductor.execute(operation::cancel));
      throw new CniException(
          CniException.TRY_AGAIN_LATER, "the allocator did not answer", "see the router's log", e);
    } catch (ExecutionException e) {
      throw new IOException("the allocator failed", e);
    } catch (InterruptedException e) {
      var _ = begun.thenAccept(operation -> conductor.execute(operation::cancel));
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for an address", e);
    }
  }

  private <T> T onConductor(Consumer<Consumer<T>> task) throws IOException {
    CompletableFuture<T> answer = new CompletableFuture<>();
    conductor.execute(() -> task.accept(answer::complete));
    try {
      return answer.get(CONDUCTOR_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new CniException(
          CniException.TRY_AGAIN_LATER, "the router did not answer", "see its log", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the router", e);
    }
  }

  private static CniException cancelled() {
    return new CniException(
        CniException.TRY_AGAIN_LATER,
        "unable to allocate IP address: the request was cancelled",
        "the router is shutting down, or the caller has gone");
  }

  private static CniException refused(String message) {
    return new CniException(
        CniException.ADDRESS_REFUSED,
        "unable to allocate IP address: " + message,
        "see the range and the subnet: weave status ipam");
  }

  private static CniException unavailable(String explanation) {
    return new CniException(
        CniException.TRY_AGAIN_LATER,
        "unable to allocate IP address: " + explanation.lines().findFirst().orElse("none is free"),
        explanation);
  }

  private static Cidr cidr(Ipv4Prefix prefix) {
    return new Cidr(Integer.toUnsignedLong(prefix.address().value()), prefix.length());
  }

  private static Ipv4Prefix prefix(Cidr cidr) {
    return new Ipv4Prefix(new Ipv4Address((int) cidr.address()), cidr.prefixLength());
  }
}
