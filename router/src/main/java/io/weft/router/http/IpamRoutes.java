package io.weft.router.http;

import io.weft.ipam.AllocationResult;
import io.weft.ipam.Allocator;
import io.weft.ipam.Cidr;
import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.IpamException;
import io.weft.ipam.Ipv4;
import io.weft.ipam.OwnedAddresses;
import io.weft.ipam.TakeoverResult;
import io.weft.router.options.DurationText;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The routes of address allocation (ipam.md 8.2). */
final class IpamRoutes {
  private static final ApiResponse CANCELLED = ApiResponse.text("cancelled");

  private final Allocator allocator;
  private final ConductorCalls conductor;
  private final String tracker;

  /**
   * The routes of an allocator.
   *
   * @param tracker who else follows the ring: {@code no-masq-local} or nobody, an empty text
   */
  IpamRoutes(Allocator allocator, ConductorCalls conductor, String tracker) {
    this.allocator = allocator;
    this.conductor = conductor;
    this.tracker = tracker;
  }

  void addTo(RouteTable routes) {
    routes.add("POST", "/ip/{}", this::allocate);
    routes.add("POST", "/ip/{}/{}/{}", this::allocate);
    routes.add("GET", "/ip/{}", this::lookup);
    routes.add("GET", "/ip/{}/{}/{}", this::lookup);
    routes.add("GET", "/ip", this::list);
    routes.add("PUT", "/ip/{}/{}/{}", this::claim);
    routes.add("DELETE", "/ip/{}", this::release);
    routes.add("DELETE", "/ip/{}/{}", this::releaseOne);
    routes.add("GET", "/ipinfo/defaultsubnet", this::defaultSubnet);
    routes.add(
        "GET",
        "/ipinfo/tracker",
        (request, variables, exchange) -> exchange.respond(ApiResponse.text(tracker + "\n")));
    routes.add("GET", "/ring", this::prime);
    routes.add("DELETE", "/peer", this::leave);
    routes.add("DELETE", "/peer/{}", this::takeOver);
  }

  private void allocate(ApiRequest request, List<String> variables, Exchange exchange) {
    String ident = variables.getFirst();
    boolean isContainer = request.isTrue("check-alive");
    conductor.run(
        exchange,
        () -> {
          Cidr subnet = subnetOf(variables);
          new AddressWait(conductor, exchange, IpamRoutes::allocated)
              .begin(
                  timeoutOf(request),
                  (patience, reply) ->
                      allocator.allocate(ident, subnet, isContainer, patience, reply));
        });
  }

  private static ApiResponse allocated(AllocationResult result) {
    return switch (result) {
      case AllocationResult.Allocated(Cidr cidr) -> ApiResponse.text(cidr.toString());
      case AllocationResult.Cancelled() -> CANCELLED;
      case AllocationResult.Failed(String message) -> ApiResponse.error(400, message);
      case AllocationResult.Unavailable(String explanation) -> ApiResponse.error(503, explanation);
    };
  }

  private void lookup(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          String found =
              allocator.lookup(variables.getFirst(), subnetOf(variables)).stream()
                  .map(Cidr::toString)
                  .collect(Collectors.joining(" "));
          allocator.afterStoring(() -> exchange.respond(ApiResponse.text(found)));
        });
  }

  private void list(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          Map<String, OwnedAddresses> owned = allocator.list();
          allocator.afterStoring(() ->
              exchange.respondLater(
                  () -> ApiResponse.content("application/json", OwnedJson.of(owned))));
        });
  }

  private void claim(ApiRequest request, List<String> variables, Exchange exchange) {
    String ident = variables.getFirst();
    boolean isContainer = request.isTrue("check-alive");
    boolean noErrorOnUnknown = request.isTrue("noErrorOnUnknown");
    conductor.run(
        exchange,
        () -> {
          Cidr cidr = Cidr.parse(variables.get(1) + "/" + variables.get(2));
          new AddressWait(conductor, exchange, IpamRoutes::claimed)
              .begin(
                  timeoutOf(request),
                  (patience, reply) ->
                      allocator.claim(ident, cidr, isContainer, noErrorOnUnknown, patience, reply));
        });
  }

  private static ApiResponse claimed(AllocationResult result) {
    return switch (result) {
      case AllocationResult.Allocated allocated -> ApiResponse.empty(204);
      case AllocationResult.Cancelled() -> CANCELLED;
      case AllocationResult.Failed(String message) ->
          ApiResponse.error(400, "Unable to claim: " + message);
      case AllocationResult.Unavailable(String explanation) -> ApiResponse.error(503, explanation);
    };
  }

  private void release(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          try {
            allocator.release(variables.getFirst());
          } catch (IpamException e) {
            ApiResponse refusal = ApiResponse.error(400, String.valueOf(e.getMessage()));
            allocator.afterStoring(() -> exchange.respond(refusal));
            return;
          }
          allocator.afterStoring(() -> exchange.respond(ApiResponse.empty(204)));
        });
  }

  private void releaseOne(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          long address = Ipv4.parse(variables.get(1));
          try {
            allocator.release(variables.getFirst(), address);
          } catch (IpamException e) {
            ApiResponse refusal = ApiResponse.error(400, "Unable to free: " + e.getMessage());
            allocator.afterStoring(() -> exchange.respond(refusal));
            return;
          }
          allocator.afterStoring(() -> exchange.respond(ApiResponse.empty(204)));
        });
  }

  private void defaultSubnet(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange, () -> exchange.respond(ApiResponse.text(allocator.defaultSubnet().toString())));
  }

  private void prime(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () ->
            new AddressWait(conductor, exchange, IpamRoutes::primed)
                .begin(timeoutOf(request), allocator::prime));
  }

  /** Whatever ended the wait but its limit, the caller need not wait any longer. */
  private static ApiResponse primed(AllocationResult result) {
    return result instanceof AllocationResult.Unavailable(String explanation)
        ? ApiResponse.error(503, explanation)
        : ApiResponse.text("");
  }

  private void leave(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          allocator.shutdown();
          exchange.respond(ApiResponse.empty(204));
        });
  }

  /** With {@code force=true} without asking the other owners, as Weave Net does. */
  private void takeOver(ApiRequest request, List<String> variables, Exchange exchange) {
    String peer = variables.getFirst();
    boolean isForced = request.isTrue("force");
    conductor.run(
        exchange,
        () -> {
          if (isForced) {
            exchange.respond(taken(allocator.takeover(peer), peer));
          } else {
            allocator.agreedTakeover(peer, result -> exchange.respond(answer(result, peer)));
          }
        });
  }

  private static ApiResponse answer(TakeoverResult result, String peer) {
    return switch (result) {
      case TakeoverResult.Taken(long addresses) -> taken(addresses, peer);
      case TakeoverResult.TakenBy other -> taken(0, peer);
      case TakeoverResult.Failed(String message) -> ApiResponse.error(503, message);
    };
  }

  private static ApiResponse taken(long addresses, String peer) {
    return ApiResponse.text("%d IPs taken over from %s%n".formatted(addresses, peer));
  }

  /** How long the client would wait; for ever unless it says so, as with Weave Net. */
  private static Optional<Duration> timeoutOf(ApiRequest request) throws IpamException {
    Optional<String> text = request.parameter("timeout");
    try {
      return text.map(
          value -> DurationText.parse(value, HttpProtocol.MIN_TIMEOUT, HttpProtocol.MAX_TIMEOUT));
    } catch (IllegalArgumentException e) {
      throw new IpamException("bad parameter timeout: " + e.getMessage());
    }
  }

  private Cidr subnetOf(List<String> variables) throws InvalidAddressException {
    return variables.size() == 1
        ? allocator.defaultSubnet()
        : Cidr.parseSubnet(variables.get(1) + "/" + variables.get(2));
  }
}
