package io.weft.router;

import io.weft.ipam.Allocator;
import io.weft.ipam.IpamProtocol;
import io.weft.ipam.OwnedAddresses;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import io.weft.router.host.AddressScan;
import io.weft.router.host.HostFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Tells the allocator when a container that {@code weave attach} has attached is gone, and when it
 * is back (ipam.md 6.4). Weave Net hears so from Docker; here it is the port on the bridge that
 * goes with its container, whatever ran it. For one thread of the host's namespace.
 *
 * <p>What the CNI plugins have attached is left to them: their runtime says when it is over.
 */
final class ContainerWatch {
  private static final System.Logger LOGGER = System.getLogger(ContainerWatch.class.getName());

  /** Looking leaves the containers as they are. */
  private static final int ANY_MTU = Integer.MAX_VALUE;

  private static final long CONDUCTOR_SECONDS = 10;

  /** Whoever is not found so often is none of this bridge's. */
  private static final int MISSES_MAX = 20;

  private final String bridge;
  private final HostFiles files;
  private final Executor conductor;
  private final Allocator allocator;
  private final Supplier<Set<String>> others;

  /** The port by which the bridge leads to each container that has been seen. */
  private final Map<String, String> ports = new HashMap<>();

  /** How often each container was looked for in vain. */
  private final Map<String, Integer> misses = new HashMap<>();

  private Set<String> searched = Set.of();

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
  }

  /** Looks once. */
  void look() {
    try (Netlink netlink = Netlink.open()) {
      Map<String, List<String>> watched = watched();
      ports.keySet().retainAll(watched.keySet());
      Set<String> present = portsOf(netlink);
      for (Map.Entry<String, String> known : List.copyOf(ports.entrySet())) {
        if (!present.contains(known.getValue())) {
          ports.remove(known.getKey());
          LOGGER.log(
              Level.INFO, "container {0} is gone, its addresses are freed soon", known.getKey());
          conductor.execute(() -> allocator.containerDied(known.getKey()));
        }
      }
      // Entering every container costs too much to do it for nothing.
      misses.keySet().retainAll(watched.keySet());
      if (!present.equals(searched) && watched.keySet().stream().anyMatch(this::isWanted)) {
        searched = present;
        search(netlink, watched);
      }
    } catch (IOException | UncheckedIOException | ExecutionException | TimeoutException e) {
      LOGGER.log(Level.DEBUG, "cannot look for containers: {0}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isWanted(String ident) {
    return !ports.containsKey(ident) && misses.getOrDefault(ident, 0) < MISSES_MAX;
  }

  private Set<String> portsOf(Netlink netlink) throws IOException {
    int index = netlink.links().get(bridge).index();
    Set<String> names = new HashSet<>();
    for (Link link : netlink.links().list()) {
      if (link.masterIndex() == index) {
        names.add(link.name());
      }
    }
    return names;
  }

  /** Who is to be watched, with the texts of the addresses. */
  private Map<String, List<String>> watched()
      throws ExecutionException, TimeoutException, InterruptedException {
    Map<String, OwnedAddresses> owned =
        CompletableFuture.supplyAsync(allocator::list, conductor)
            .get(CONDUCTOR_SECONDS, TimeUnit.SECONDS);
    Map<String, List<String>> watched = new HashMap<>();
    owned.forEach((ident, addresses) -> {
      if (addresses.isContainer() && !ident.equals(IpamProtocol.EXPOSE_IDENT)) {
        watched.put(ident, addresses.cidrs().stream().map(Object::toString).toList());
      }
    });
    if (!watched.isEmpty()) {
      watched.keySet().removeAll(others.get());
    }
    return watched;
  }

  private void search(Netlink netlink, Map<String, List<String>> watched) throws IOException {
    Map<String, String> owners = new HashMap<>();
    watched.forEach((ident, addresses) -> addresses.forEach(address -> owners.put(address, ident)));
    Collection<AddressScan.Attachment> found =
        AddressScan.scan(netlink, bridge, files, ANY_MTU).attachments();
    for (AddressScan.Attachment one : found) {
      String ident = one.address().map(address -> owners.get(address.toString())).orElse(null);
      if (ident != null && !ports.containsKey(ident)) {
        ports.put(ident, one.port());
        LOGGER.log(Level.DEBUG, "container {0} is behind {1}", ident, one.port());
        misses.remove(ident);
        conductor.execute(() -> allocator.containerStarted(ident));
      }
    }
    watched.keySet().stream()
        .filter(this::isWanted)
        .forEach(ident -> misses.merge(ident, 1, Integer::sum));
  }
}
