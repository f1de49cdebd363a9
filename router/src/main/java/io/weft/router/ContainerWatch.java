package io.weft.router;

import io.weft.ipam.Allocator;
import io.weft.ipam.IpamProtocol;
import io.weft.ipam.OwnedAddresses;
import io.weft.linux.Ipv4Address;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import io.weft.router.host.AddressScan;
import io.weft.router.host.HostFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Tells the allocator when a container that {@code weave attach} has attached is gone, and when it
 * is back (ipam.md 6.4). Weave Net hears so from Docker; here it is the interface on the host that
 * goes with its container, whatever ran it. For one thread of the host's namespace.
 *
 * <p>What the CNI plugins have attached is left to them: their runtime says when it is over.
 */
final class ContainerWatch {
  private static final System.Logger LOGGER = System.getLogger(ContainerWatch.class.getName());

  /** Looking leaves the containers as they are. */
  private static final int ANY_MTU = Integer.MAX_VALUE;

  private static final long CONDUCTOR_SECONDS = 10;

  private final String bridge;
  private final HostFiles files;
  private final Executor conductor;
  private final Allocator allocator;
  private final Supplier<Set<String>> others;
  private final ContainerPresence presence;

  /**
   * A watch over the containers on a bridge.
   *
   * @param others what has addresses and somebody else to look after it; read by each look
   */
  ContainerWatch(
      String bridge,
      HostFiles files,
      Executor conductor,
      Allocator allocator,
      Supplier<Set<String>> others) {
    this.bridge = bridge;
    this.files = files;
    this.conductor = conductor;
    this.allocator = allocator;
    this.others = others;
    presence = new ContainerPresence(new Announcement(conductor, allocator));
  }

  /** Tells the allocator. */
  private record Announcement(Executor conductor, Allocator allocator)
      implements ContainerPresence.Outcome {
    @Override
    public void died(String ident) {
      LOGGER.log(Level.INFO, "container {0} is gone, its addresses are freed soon", ident);
      conductor.execute(() -> allocator.containerDied(ident));
    }

    @Override
    public void found(String ident, String port) {
      LOGGER.log(Level.DEBUG, "container {0} is behind {1}", ident, port);
      conductor.execute(() -> allocator.containerStarted(ident));
    }

    @Override
    public void doubted(String ident) {
      LOGGER.log(Level.INFO, "container {0} may not be gone, its addresses are kept", ident);
      conductor.execute(() -> allocator.containerStarted(ident));
    }
  }

  /** Looks once. */
  void look() {
    boolean isDone = false;
    try (Netlink netlink = Netlink.open()) {
      presence.look(watched(), linksOf(netlink), () -> search(netlink));
      isDone = true;
    } catch (IOException | UncheckedIOException | ExecutionException | TimeoutException e) {
      LOGGER.log(Level.DEBUG, "cannot look for containers: {0}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!isDone) {
        presence.doubt();
      }
    }
  }

  private ContainerPresence.HostLinks linksOf(Netlink netlink) throws IOException {
    int index = netlink.links().get(bridge).index();
    Set<Integer> all = new HashSet<>();
    Map<String, Integer> candidates = new HashMap<>();
    for (Link link : netlink.links().list()) {
      all.add(link.index());
      if (AddressScan.mayLeadToContainer(link, index)) {
        candidates.put(link.name(), link.index());
      }
    }
    return new ContainerPresence.HostLinks(all, candidates);
  }

  /** Who is to be watched. */
  private Map<String, Set<Ipv4Address>> watched()
      throws ExecutionException, TimeoutException, InterruptedException {
    Map<String, OwnedAddresses> owned =
        CompletableFuture.supplyAsync(allocator::list, conductor)
            .get(CONDUCTOR_SECONDS, TimeUnit.SECONDS);
    Map<String, Set<Ipv4Address>> watched = new HashMap<>();
    owned.forEach((ident, held) -> {
      if (held.isContainer() && !ident.equals(IpamProtocol.EXPOSE_IDENT)) {
        Set<Ipv4Address> addresses = new HashSet<>();
        held.cidrs().forEach(cidr -> addresses.add(new Ipv4Address((int) cidr.address())));
        watched.put(ident, addresses);
      }
    });
    if (!watched.isEmpty()) {
      watched.keySet().removeAll(others.get());
    }
    return watched;
  }

  private Optional<AddressScan.Result> search(Netlink netlink) {
    try {
      return Optional.of(AddressScan.scan(netlink, bridge, files, ANY_MTU));
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "cannot search this host: {0}", e.toString());
      return Optional.empty();
    }
  }
}
