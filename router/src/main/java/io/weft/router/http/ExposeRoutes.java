package io.weft.router.http;

import io.weft.ipam.Cidr;
import io.weft.ipam.InvalidAddressException;
import io.weft.linux.Ipv4Prefix;
import io.weft.router.host.Exposure;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The routes that give the bridge addresses of its own (features.md 1.8, overlay.md D.5). The work
 * is done on a thread of its own, since the kernel and the packet filter take their time.
 */
final class ExposeRoutes {
  /** Requests that may wait for their turn. */
  private static final int MAX_WAITING = 64;

  private final Exposure exposure;
  private final ThreadPoolExecutor executor;

  ExposeRoutes(Exposure exposure) {
    this.exposure = exposure;
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().daemon().name("expose").factory());
    executor.allowCoreThreadTimeOut(true);
  }

  void addTo(RouteTable routes) {
    routes.add("POST", "/expose/{}/{}", this::expose);
    routes.add("DELETE", "/expose/{}/{}", this::hide);
  }

  private void expose(ApiRequest request, List<String> variables, Exchange exchange) {
    Optional<Boolean> skips = bool(request.parameter("skipNAT").orElse(""));
    if (skips.isEmpty()) {
      String text = request.parameter("skipNAT").orElse("");
      exchange.respond(
          ApiResponse.error(400, "unable to parse skipNAT option: \"%s\"".formatted(text)));
      return;
    }
    boolean masquerade = !skips.get();
    address(variables, exchange)
        .ifPresent(address -> {
          if (address.canBeOfAHost()) {
            run(exchange, "expose", () -> exposure.expose(address, masquerade));
          } else {
            String text = "unable to expose: not an address that a host in a network can have: ";
            exchange.respond(ApiResponse.error(400, text + address));
          }
        });
  }

  private void hide(ApiRequest request, List<String> variables, Exchange exchange) {
    address(variables, exchange)
        .ifPresent(address -> run(exchange, "hide", () -> exposure.hide(address)));
  }

  /** As Go reads it; nothing at all is false. */
  private static Optional<Boolean> bool(String text) {
    return switch (text) {
      case "1", "t", "T", "TRUE", "true", "True" -> Optional.of(true);
      case "", "0", "f", "F", "FALSE", "false", "False" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  /** The address of a request; answers it when there is none. */
  private static Optional<Ipv4Prefix> address(List<String> variables, Exchange exchange) {
    try {
      Cidr cidr = Cidr.parse(variables.get(0) + "/" + variables.get(1));
      return Optional.of(Ipv4Prefix.parse(cidr.toString()));
    } catch (InvalidAddressException e) {
      exchange.respond(ApiResponse.error(400, "unable to parse ip addr: " + e.getMessage()));
      return Optional.empty();
    }
  }

  /** What is done with an address. */
  private interface Change {
    void apply() throws IOException;
  }

  private void run(Exchange exchange, String verb, Change change) {
    try {
      executor.execute(() -> exchange.respond(answer(verb, change)));
    } catch (RejectedExecutionException e) {
      exchange.respond(ApiResponse.error(503, "too many changes of the bridge wait, try again"));
    }
  }

  private ApiResponse answer(String verb, Change change) {
    try {
      change.apply();
      exposure.awaitRules();
      return ApiResponse.empty(204);
    } catch (IOException e) {
      return ApiResponse.error(500, "unable to %s: %s".formatted(verb, e.getMessage()));
    }
  }
}
