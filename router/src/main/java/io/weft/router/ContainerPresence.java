package io.weft.router;

import io.weft.linux.Ipv4Address;
import io.weft.router.host.AddressScan;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Which containers are there, told from what each look at the host finds. In doubt a container is
 * there: an address that is freed too late is lost for a while, one that is freed while in use is
 * given out twice.
 *
 * <p>A container is gone when the interface that led to it is nowhere on the host, on a bridge or
 * not, and a search of all others has not met its addresses. Until these are free it is searched
 * for by every look, since it may be attached again at any moment. One thread.
 */
final class ContainerPresence {
  /** Whoever is not found so often is none of this bridge's. */
  static final int MISSES_MAX = 20;

  private final Outcome outcome;

  /** Number of the interface that leads to each container that has been seen. */
  private final Map<String, Integer> ports = new HashMap<>();

  /** Whose interface is no longer there, and who has not been searched for in full since then. */
  private final Set<String> lost = new HashSet<>();

  /** Who was declared gone and holds addresses still. */
  private final Set<String> dead = new HashSet<>();

  /** How often each container was searched for in vain. */
  private final Map<String, Integer> misses = new HashMap<>();

  /** Interfaces by which no address was found. */
  private Set<String> bare = Set.of();

  private Map<String, Integer> searched = Map.of();
  private boolean isComplete = true;

  ContainerPresence(Outcome outcome) {
    this.outcome = outcome;
  }

  /** What becomes of a container. */
  interface Outcome {
    /** It is gone. */
    void died(String ident);

    /** It was found behind an interface of the host. */
    void found(String ident, String port);

    /** It was declared gone, and that cannot be told any more. */
    void doubted(String ident);
  }

  /**
   * What a host has.
   *
   * @param all numbers of all its interfaces
   * @param candidates those that may lead to a container, by name
   */
  record HostLinks(Set<Integer> all, Map<String, Integer> candidates) {
    HostLinks {
      all = Set.copyOf(all);
      candidates = Map.copyOf(candidates);
    }
  }

  /**
   * Looks once.
   *
   * @param watched who holds which addresses
   * @param links as they were before the search
   * @param search finds what the interfaces lead to; empty if it could not. Entering every
   *     container costs too much to do it for nothing
   */
  void look(
      Map<String, Set<Ipv4Address>> watched,
      HostLinks links,
      Supplier<Optional<AddressScan.Result>> search) {
    for (Set<String> idents : List.of(ports.keySet(), lost, dead, misses.keySet())) {
      idents.retainAll(watched.keySet());
    }
    for (Map.Entry<String, Integer> known : List.copyOf(ports.entrySet())) {
      if (!links.all().contains(known.getValue())) {
        ports.remove(known.getKey());
        lost.add(known.getKey());
      }
    }
    if (isDue(watched.keySet(), links)) {
      searched = links.candidates();
      Optional<AddressScan.Result> result = search.get();
      result.ifPresent(found -> meet(watched, links, found));
      isComplete = result.isPresent() && isComplete(result.get());
      if (isComplete) {
        mourn();
      } else {
        doubt();
      }
      for (String ident : watched.keySet()) {
        if (!ports.containsKey(ident)) {
          misses.merge(ident, 1, Integer::sum);
        }
      }
    }
  }

  /** The host could not be looked at: whoever was declared gone may be back. */
  void doubt() {
    dead.forEach(outcome::doubted);
    lost.addAll(dead);
    dead.clear();
  }

  private boolean isDue(Set<String> watched, HostLinks links) {
    if (!links.candidates().equals(searched)) {
      return !lost.isEmpty() || watched.stream().anyMatch(this::isWanted);
    }
    return watched.stream()
        .filter(this::isWanted)
        .anyMatch(ident -> !isComplete || lost.contains(ident) || dead.contains(ident));
  }

  private boolean isWanted(String ident) {
    return !ports.containsKey(ident) && misses.getOrDefault(ident, 0) < MISSES_MAX;
  }

  private void meet(
      Map<String, Set<Ipv4Address>> watched, HostLinks links, AddressScan.Result result) {
    Map<Ipv4Address, String> owners = new HashMap<>();
    watched.forEach((ident, addresses) -> addresses.forEach(one -> owners.put(one, ident)));
    for (AddressScan.Attachment one : attachments(result)) {
      String ident = one.address().map(prefix -> owners.get(prefix.address())).orElse(null);
      if (ident != null && !ports.containsKey(ident)) {
        // One that has come since the links were listed is met again by the next look.
        Integer index = links.candidates().get(one.port());
        if (index != null) {
          ports.put(ident, index);
        }
        lost.remove(ident);
        dead.remove(ident);
        misses.remove(ident);
        outcome.found(ident, one.port());
      }
    }
  }

  /** An interface without an address may be about to get one, unless it had none before. */
  private boolean isComplete(AddressScan.Result result) {
    Set<String> bareBefore = bare;
    bare = new HashSet<>();
    for (AddressScan.Attachment one : attachments(result)) {
      if (one.address().isEmpty()) {
        bare.add(one.port());
      }
    }
    return result.missing() == 0 && bareBefore.containsAll(bare);
  }

  private static List<AddressScan.Attachment> attachments(AddressScan.Result result) {
    return Stream.concat(result.attachments().stream(), result.offBridge().stream()).toList();
  }

  private void mourn() {
    lost.forEach(outcome::died);
    dead.addAll(lost);
    lost.clear();
  }
}
