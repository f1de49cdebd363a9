package io.weft.router.http;

import io.weft.router.trace.TraceEnd;
import java.util.List;

/** {@code GET /trace?src=END&dst=END}: which way a frame would take. */
final class TraceRoutes {
  private final RouterControl router;
  private final ConductorCalls conductor;

  TraceRoutes(RouterControl router, ConductorCalls conductor) {
    this.router = router;
    this.conductor = conductor;
  }

  void addTo(RouteTable routes) {
    routes.add("GET", "/trace", this::trace);
  }

  private void trace(ApiRequest request, List<String> variables, Exchange exchange) {
    TraceEnd source;
    TraceEnd destination;
    try {
      source = end(request, "src");
      destination = end(request, "dst");
    } catch (IllegalArgumentException e) {
      exchange.respond(ApiResponse.error(400, String.valueOf(e.getMessage())));
      return;
    }
    conductor.run(
        exchange,
        () ->
            router.trace(
                source,
                destination,
                lines -> exchange.respond(ApiResponse.text(String.join("\n", lines) + "\n"))));
  }

  private static TraceEnd end(ApiRequest request, String parameter) {
    List<String> values = request.parameters(parameter);
    if (values.size() != 1) {
      throw new IllegalArgumentException(
          "the parameter %s is needed once: an IPv4 address or a hardware address"
              .formatted(parameter));
    }
    return TraceEnd.parse(values.getFirst());
  }
}
