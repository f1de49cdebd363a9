package io.weft.router.http;

import io.weft.gossip.Target;
import io.weft.ipam.Allocator;
import io.weft.ipam.IpamStatus;
import io.weft.router.host.Exposure;
import io.weft.router.metrics.Counters;
import io.weft.router.metrics.OverlayTotals;
import io.weft.router.status.MetricsPage;
import io.weft.router.status.Report;
import io.weft.router.status.RouterStatus;
import io.weft.router.status.StatusTexts;
import io.weft.router.template.Template;
import io.weft.router.template.TemplateException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The routes of the control, the status and the metrics address (ipam.md 8). */
public final class ControlApi {
  private final RouterControl router;
  private final ConductorCalls conductor;
  private final PeerResolver resolver;
  private final @Nullable Allocator allocator;
  private final String tracker;
  private final Counters counters;
  private final OverlayTotals overlayTotals;
  private final @Nullable Exposure exposure;

  /**
   * An API.
   *
   * @param conductor runs tasks on the conductor thread
   * @param resolver looks up the names of peers
   * @param allocator null when this router allocates no addresses
   * @param tracker who else follows the ring, as {@code GET /ipinfo/tracker} names it; often empty
   * @param exposure the bridge's own addresses, null when there is no bridge
   */
  public ControlApi(
      RouterControl router,
      Executor conductor,
      PeerResolver resolver,
      @Nullable Allocator allocator,
      String tracker,
      Counters counters,
      OverlayTotals overlayTotals,
      @Nullable Exposure exposure) {
    this.exposure = exposure;
    this.router = router;
    this.conductor = new ConductorCalls(conductor);
    this.resolver = resolver;
    this.allocator = allocator;
    this.tracker = tracker;
    this.counters = counters;
    this.overlayTotals = overlayTotals;
  }

  /** Everything. */
  RouteTable controlRoutes() {
    RouteTable routes = statusRoutes();
    routes.add("POST", "/connect", this::connect);
    routes.add("POST", "/forget", this::forget);
    new TraceRoutes(router, conductor).addTo(routes);
    new AttachmentRoutes(router, conductor, allocator).addTo(routes);
    Exposure bridge = exposure;
    if (bridge != null) {
      new ExposeRoutes(bridge).addTo(routes);
    }
    Allocator ipam = allocator;
    if (ipam == null) {
      routes.add("DELETE", "/peer", answer(204));
      routes.add("DELETE", "/peer/{}", answer(200));
    } else {
      new IpamRoutes(ipam, conductor, tracker).addTo(routes);
    }
    return routes;
  }

  /** What may be read by everybody who reaches the status address. */
  RouteTable statusRoutes() {
    RouteTable routes = new RouteTable();
    routes.add("GET", "/status", status(StatusTexts::overview));
    routes.add("GET", "/status/targets", status(StatusTexts::targets));
    routes.add("GET", "/status/connections", status(StatusTexts::connections));
    routes.add("GET", "/status/peers", status(StatusTexts::peers));
    // Of a service that is off there is nothing to tell, which is no error (features.md 9).
    routes.add("GET", "/status/ipam", status(ControlApi::ipamText));
    routes.add("GET", "/status/dns", status(all -> ""));
    routes.add(
        "GET",
        "/report",
        request -> "application/json".equals(request.accept()),
        (request, variables, exchange) ->
            onStatus(
                exchange, status -> ApiResponse.content("application/json", Report.of(status))));
    routes.add(
        "GET", "/report", request -> request.query().containsKey("format"), this::renderReport);
    addMetrics(routes);
    return routes;
  }

  /** What a collector of metrics needs. */
  RouteTable metricsRoutes() {
    RouteTable routes = new RouteTable();
    addMetrics(routes);
    return routes;
  }

  private void addMetrics(RouteTable routes) {
    routes.add(
        "GET",
        "/metrics",
        (request, variables, exchange) ->
            onStatus(
                exchange,
                status ->
                    ApiResponse.content(
                        MetricsPage.CONTENT_TYPE,
                        MetricsPage.of(status, counters, overlayTotals)
                            + router.transportCounters().map(MetricsPage::of).orElse(""))));
  }

  private static String ipamText(RouterStatus status) {
    IpamStatus ipam = status.ipam();
    return ipam == null ? "" : StatusTexts.ipam(ipam);
  }

  private static ApiHandler answer(int status) {
    return (request, variables, exchange) -> exchange.respond(ApiResponse.empty(status));
  }

  private void renderReport(ApiRequest request, List<String> variables, Exchange exchange) {
    List<String> formats = request.parameters("format");
    if (formats.size() != 1) {
      exchange.respond(ApiResponse.error(400, "error: must supply one format parameter"));
      return;
    }
    try {
      Template template = Template.parse(formats.getFirst());
      onStatus(exchange, status -> rendered(template, status));
    } catch (TemplateException e) {
      exchange.respond(ApiResponse.error(400, String.valueOf(e.getMessage())));
    }
  }

  private static ApiResponse rendered(Template template, RouterStatus status) {
    try {
      return ApiResponse.text(template.render(Report.of(status)));
    } catch (TemplateException e) {
      return ApiResponse.error(500, "error during template execution: " + e.getMessage());
    }
  }

  private ApiHandler status(Function<RouterStatus, String> text) {
    return (request, variables, exchange) ->
        onStatus(
            exchange, status -> ApiResponse.text(status.ready() ? 200 : 503, text.apply(status)));
  }

  /** Takes the status on the conductor; renders it on the HTTP thread. */
  private void onStatus(Exchange exchange, Function<RouterStatus, ApiResponse> render) {
    conductor.run(
        exchange,
        () -> {
          RouterStatus status = router.status();
          exchange.respondLater(() -> render.apply(status));
        });
  }

  private void connect(ApiRequest request, List<String> variables, Exchange exchange) {
    boolean replace = request.isTrue("replace");
    resolver.resolve(
        request.parameters("peer"),
        resolution ->
            conductor.run(
                exchange,
                () -> {
                  List<Target> targets = resolution.targets();
                  router.connect(targets, replace);
                  exchange.respond(
                      resolution.errors().isEmpty()
                          ? ApiResponse.text("")
                          : ApiResponse.error(400, String.join("\n", resolution.errors())));
                }));
  }

  private void forget(ApiRequest request, List<String> variables, Exchange exchange) {
    conductor.run(
        exchange,
        () -> {
          router.forget(request.parameters("peer"));
          exchange.respond(ApiResponse.text(""));
        });
  }
}
