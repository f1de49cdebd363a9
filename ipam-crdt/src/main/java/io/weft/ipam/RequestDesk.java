package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait, in three queues retried in the order primes, claims, allocations, each first
 * come, first served (ipam.md 6.1). Bounded. Conductor thread only.
 */
final class RequestDesk {
  private final EventScope scope;
  private final LocalState state;
  private final Outbox outbox;
  private final Nicknames nicknames;
  private final Bootstrap bootstrap;
  private final MeshView mesh;
  private final EventTime time;
  private final RandomGenerator random;
  private final Withholding withholding;
  private final Explanation explanation;
  private final Deadlines deadlines = new Deadlines();
  private final Map<Cidr, Shortage> shortages = new HashMap<>();
  private final LinkedHashSet<PrimeRequest> primes = new LinkedHashSet<>();
  private final LinkedHashSet<ClaimRequest> claims = new LinkedHashSet<>();
  private final LinkedHashSet<AllocateRequest> allocates = new LinkedHashSet<>();
  private final Set<Cidr> askedInThisPass = new HashSet<>();
  private boolean isRetrying;
  private boolean isRetryWanted;

  RequestDesk(
      EventScope scope,
      IpamConfig config,
      LocalState state,
      Outbox outbox,
      Nicknames nicknames,
      Bootstrap bootstrap,
      MeshView mesh,
      Withholding withholding,
      EventTime time,
      RandomGenerator random) {
    this.scope = scope;
    this.state = state;
    this.outbox = outbox;
    this.nicknames = nicknames;
    this.bootstrap = bootstrap;
    this.mesh = mesh;
    this.time = time;
    this.random = random;
    this.withholding = withholding;
    this.explanation =
        new Explanation(config.defaultSubnet(), state, nicknames, bootstrap, mesh, withholding);
  }

  LocalState state() {
    return state;
  }

  Outbox outbox() {
    return outbox;
  }

  Nicknames nicknames() {
    return nicknames;
  }

  void establishRing() {
    bootstrap.establishRing();
  }

  /** Whom to ask for space in a subnet of which we have none, those that have denied it last. */
  List<PeerName> donorsFor(Cidr subnet) {
    if (withholding.heldReason() != null) {
      // What we were given now we would have to withhold, too.
      return List.of();
    }
    List<PeerName> donors = state.ring().donors(subnet.range(), random);
    if (state.ring().isEmpty()) {
      return donors;
    }
    Shortage shortage = shortages.computeIfAbsent(subnet, s -> new Shortage());
    shortage.observe(donors.stream().filter(mesh::isKnown).toList(), time.nanos());
    return donors.stream().sorted(Comparator.comparing(shortage::hasDenied)).toList();
  }

  /** Tries a request, and keeps it when that does not end it. */
  void submit(Request request) {
    if (request.ident().length() > IpamProtocol.MAX_IDENT_LENGTH) {
      request.fail("identity is longer than %d".formatted(IpamProtocol.MAX_IDENT_LENGTH));
    } else if (state.holdings().size() >= IpamProtocol.MAX_HELD) {
      request.fail("%d addresses are in use on this host".formatted(IpamProtocol.MAX_HELD));
    } else if (countPending() >= IpamProtocol.MAX_PENDING) {
      request.fail("%d requests are waiting for addresses".formatted(IpamProtocol.MAX_PENDING));
    } else if (!request.advance()) {
      keep(request);
    }
  }

  /** Keeps a claim for later: it runs when there is a ring. */
  void queue(ClaimRequest claim) {
    boolean mustWait = state.ring().isEmpty() && state.contains(claim.cidr().address());
    if (mustWait && countPending() < IpamProtocol.MAX_PENDING) {
      keep(claim);
    } else {
      submit(claim);
    }
  }

  private void keep(Request request) {
    request.came(time.nanos());
    if (request.patience().isLimited() && !request.isAnswered()) {
      deadlines.set(request, time.nanos() + request.patience().timeoutNanos());
    }
    switch (request) {
      case PrimeRequest prime -> primes.add(prime);
      case ClaimRequest claim -> claims.add(claim);
      case AllocateRequest allocate -> allocates.add(allocate);
    }
  }

  /**
   * Whether a request may ask a donor: in a pass over all, the first of each subnet; outside, only
   * when no other waits for the same subnet, whose answer will do for both.
   */
  boolean mayAskFor(AllocateRequest request) {
    if (isRetrying) {
      return askedInThisPass.add(request.subnet());
    }
    return allocates.stream().noneMatch(other -> other.subnet().equals(request.subnet()));
  }

  /** Tries everything again; within such a pass, once more after it. */
  void retryAll() {
    isRetryWanted = true;
    if (isRetrying) {
      return;
    }
    isRetrying = true;
    try {
      while (isRetryWanted) {
        isRetryWanted = false;
        askedInThisPass.clear();
        retry(primes);
        retry(claims);
        retry(allocates);
      }
    } finally {
      isRetrying = false;
    }
    shortages
        .keySet()
        .retainAll(allocates.stream().map(AllocateRequest::subnet).collect(Collectors.toSet()));
  }

  private void retry(Set<? extends Request> requests) {
    for (Request request : List.copyOf(requests)) {
      if (request.advance()) {
        forget(request);
      }
    }
  }

  /** When the next request ends by itself; {@link Timed#NEVER} when none does. */
  long nextDeadlineNanos() {
    return deadlines.next();
  }

  /** Ends the requests whose callers would not wait longer. */
  void endLate() {
    deadlines.due(time.nanos()).stream()
        .filter(request -> !request.isAnswered())
        .forEach(this::endUnserved);
  }

  /**
   * Ends the requests without a limit whose subnet has been full for too long, and those that wait
   * for what has been withheld for too long.
   */
  void endHopeless() {
    boolean isHeld = withholding.heldReason() != null;
    List<Request> hopeless = new ArrayList<>();
    for (AllocateRequest request : allocates) {
      if (isFullFor(request) || isTooLong(request.withheldNanos(isHeld, time.nanos()))) {
        hopeless.add(request);
      }
    }
    for (ClaimRequest request : claims) {
      boolean isWithheld = state.space().isWithheld(request.cidr().address());
      if (isTooLong(request.withheldNanos(isWithheld, time.nanos()))) {
        hopeless.add(request);
      }
    }
    hopeless.removeIf(request -> request.isAnswered() || request.patience().isLimited());
    hopeless.forEach(this::endUnserved);
  }

  private static boolean isTooLong(long nanos) {
    return nanos >= IpamProtocol.FULL_SPACE_NANOS;
  }

  private boolean isFullFor(AllocateRequest request) {
    Shortage shortage = shortages.get(request.subnet());
    if (shortage == null || shortage.fullSinceNanos() == Timed.NEVER) {
      return false;
    }
    long since = Math.max(shortage.fullSinceNanos(), request.sinceNanos());
    return isTooLong(time.nanos() - since);
  }

  private void endUnserved(Request request) {
    forget(request);
    List<Request> others = new ArrayList<>(claims);
    others.addAll(allocates);
    String text = explanation.of(request, time.nanos() - request.sinceNanos(), others);
    request.answer(new AllocationResult.Unavailable(text));
  }

  /** Gives up one request as an event of its own; answers whether it was waiting. */
  boolean cancel(Request request) {
    boolean isWaiting =
        switch (request) {
          case PrimeRequest prime -> primes.contains(prime);
          case ClaimRequest claim -> claims.contains(claim);
          case AllocateRequest allocate -> allocates.contains(allocate);
        };
    if (isWaiting) {
      scope.run(() -> end(request));
    }
    return isWaiting;
  }

  /** Gives up the claims and allocations of one identity. */
  void cancelAll(String ident) {
    List<Request> ended = new ArrayList<>();
    claims.stream().filter(claim -> claim.ident().equals(ident)).forEach(ended::add);
    allocates.stream().filter(allocate -> allocate.ident().equals(ident)).forEach(ended::add);
    ended.forEach(this::end);
  }

  /** Gives up the claims of one identity that were answered already; answers whether any. */
  boolean dropAnsweredClaims(String ident) {
    return claims.removeIf(claim -> claim.isAnswered() && claim.key().equals(ident));
  }

  /** Gives up the claim of one address that was answered already; answers whether there was one. */
  boolean dropAnsweredClaim(String ident, long address) {
    return claims.removeIf(claim ->
        claim.isAnswered() && claim.cidr().address() == address && claim.key().equals(ident));
  }

  /** Gives up everything. */
  void cancelAll() {
    List<Request> ended = new ArrayList<>(primes);
    ended.addAll(claims);
    ended.addAll(allocates);
    ended.forEach(this::end);
  }

  private void end(Request request) {
    forget(request);
    request.answer(new AllocationResult.Cancelled());
  }

  private void forget(Request request) {
    deadlines.remove(request);
    switch (request) {
      case PrimeRequest prime -> primes.remove(prime);
      case ClaimRequest claim -> claims.remove(claim);
      case AllocateRequest allocate -> allocates.remove(allocate);
    }
    if (allocates.isEmpty()) {
      shortages.clear();
    }
  }

  /** The answer to a request was lost; as an event of its own. */
  void undelivered(Request request) {
    scope.run(() -> {
      forget(request);
      Handouts.Handout handout = request.takeHandout();
      if (handout != null
          && handout.removeAnswer()
          && state.handouts().of(handout.address()) == handout) {
        state.release(handout.key(), handout.address());
      }
    });
  }

  /**
   * The owner has denied an address. Only a denial of exactly that address counts: one of a whole
   * subnet was meant for an allocation.
   */
  void onDenied(PeerName owner, AddressRange range) {
    for (ClaimRequest claim : List.copyOf(claims)) {
      if (range.equals(AddressRange.single(claim.cidr().address()))
          && owner.equals(state.ring().owner(range.start()))
          && claim.denied(owner, null)) {
        forget(claim);
      }
    }
    shortages.forEach((subnet, shortage) -> {
      if (subnet.range().equals(range)) {
        shortage.denied(owner);
      }
    });
  }

  /** How many wait and why the first one does; null when none does or there is no ring. */
  @Nullable String whyWaiting() {
    List<Request> waiting = new ArrayList<>(allocates);
    waiting.addAll(claims);
    waiting.removeIf(Request::isAnswered);
    if (waiting.isEmpty() || state.ring().isEmpty()) {
      return null;
    }
    Request first = Collections.min(waiting, Comparator.comparingLong(Request::sinceNanos));
    return "%s, the first for %s: %s"
        .formatted(
            waiting.size() == 1 ? "1 request" : waiting.size() + " requests",
            Explanation.duration(time.nanos() - first.sinceNanos()),
            explanation.reason(first));
  }

  boolean isIdle() {
    return countPending() == 0;
  }

  private int countPending() {
    return primes.size() + claims.size() + allocates.size();
  }

  List<ClaimRequest> claims() {
    return List.copyOf(claims);
  }

  List<AllocateRequest> allocates() {
    return List.copyOf(allocates);
  }
}
