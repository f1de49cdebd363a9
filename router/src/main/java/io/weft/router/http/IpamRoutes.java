package io.weft.router.http;

import io.weft.ipam.AllocationResult;
import io.weft.ipam.Allocator;
import io.weft.ipam.Cidr;
import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.IpamException;
import io.weft.ipam.Ipv4;
import io.weft.ipam.Operation;
import io.weft.ipam.OwnedAddresses;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The routes of address allocation (ipam.md 8.2). */
final class IpamRoutes {
  private static final System.Logger LOGGER = System.getLogger(IpamRoutes.class.getName());
  private static final ApiResponse CANCELLED = ApiResponse.text("cancelled");

  private final Allocator allocator;
  private final ConductorCalls conductor;

  IpamRoutes(Allocator allocator, ConductorCalls conductor) {
    this.allocator = allocator;
    this.conductor = conductor;
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
        (request, variables, exchange) -> exchange.respond(ApiResponse.text("\n")));
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
          boolean isNew = allocator.lookup(ident, subnet).isEmpty();
          Operation operation =
              allocator.allocate(
                  ident, subnet, isContainer, result -> allocated(ident, isNew, result, exchange));
          exchange.onGone(() -> conductor.run(operation::cancel));
        });
  }

  /** Answers; an address that nobody is there to take any more is given back. */
  private void allocated(String ident, boolean isNew, AllocationResult result, Exchange exchange) {
    switch (result) {
      case AllocationResult.Allocated allocated -> {
        if (isNew && exchange.isGone()) {
          giveBack(ident, allocated.cidr());
        }
        exchange.respond(ApiResponse.text(allocated.cidr().toString()));
      }
      case AllocationResult.Cancelled cancelled -> exchange.respond(CANCELLED);
      case AllocationResult.Failed failed ->
          exchange.respond(ApiResponse.error(400, failed.message()));
    }
  }

  private void giveBack(String ident, Cidr cidr) {
    String owner = ident.equals("_") ? cidr.addressText() : ident;
    conductor.run(() -> {
      try {
        allocator.release(owner, cidr.address());
      } catch (IpamException e) {
        // Released by somebody else since, which is just as good.
        LOGGER.log(Level.DEBUG, "an address was released already: {0}", e.getMessage());
      }
    });
  }

  private void lookup(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () ->
            exchange.respond(
                ApiResponse.text(
                    allocator.lookup(variables.getFirst(), subnetOf(variables)).stream()
                        .map(Cidr::toString)
                        .collect(Collectors.joining(" ")))));
  }

  private void list(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          Map<String, OwnedAddresses> owned = allocator.list();
          exchange.respondLater(() -> ApiResponse.content("application/json", OwnedJson.of(owned)));
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
          Operation operation =
              allocator.claim(
                  ident, cidr, isContainer, noErrorOnUnknown, result -> claimed(result, exchange));
          exchange.onGone(() -> conductor.run(operation::cancel));
        });
  }

  private static void claimed(AllocationResult result, Exchange exchange) {
    exchange.respond(
        switch (result) {
          case AllocationResult.Allocated allocated -> ApiResponse.empty(204);
          case AllocationResult.Cancelled cancelled -> CANCELLED;
          case AllocationResult.Failed failed ->
              ApiResponse.error(400, "Unable to claim: " + failed.message());
        });
  }

  private void release(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          allocator.release(variables.getFirst());
          exchange.respond(ApiResponse.empty(204));
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
            exchange.respond(ApiResponse.error(400, "Unable to free: " + e.getMessage()));
            return;
          }
          exchange.respond(ApiResponse.empty(204));
        });
  }

  private void defaultSubnet(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> exchange.respond(ApiResponse.text(allocator.status().defaultSubnet().toString())));
  }

  private void prime(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          Operation operation = allocator.prime(() -> exchange.respond(ApiResponse.text("")));
          exchange.onGone(() -> conductor.run(operation::cancel));
        });
  }

  private void leave(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          allocator.shutdown();
          exchange.respond(ApiResponse.empty(204));
        });
  }

  private void takeOver(ApiRequest request, List<String> variables, Exchange exchange) {
    String peer = variables.getFirst();
    conductor.run(
        exchange,
        () ->
            exchange.respond(
                ApiResponse.text(
                    "%d IPs taken over from %s%n".formatted(allocator.takeover(peer), peer))));
  }

  private Cidr subnetOf(List<String> variables) throws InvalidAddressException {
    return variables.size() == 1
        ? allocator.status().defaultSubnet()
        : Cidr.parseSubnet(variables.get(1) + "/" + variables.get(2));
  }
}
