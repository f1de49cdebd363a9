package io.weft.router.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which handler a request belongs to (ipam.md 8.1): unknown path 404, known path with another
 * method 405 without a body, a path with empty parts or dots 301 to the clean one.
 */
final class RouteTable {
  private static final ApiResponse NOT_FOUND = ApiResponse.error(404, "404 page not found");

  private record Route(
      String method, String[] parts, Predicate<ApiRequest> guard, ApiHandler handler) {

    /** The open parts of the path when it fits, else null. */
    @Nullable List<String> match(String[] path) {
      if (path.length != parts.length) {
        return null;
      }
      List<String> variables = new ArrayList<>();
      for (int i = 0; i < parts.length; i++) {
        if (parts[i].equals("{}")) {
          if (path[i].isEmpty()) {
            return null;
          }
          variables.add(path[i]);
        } else if (!parts[i].equals(path[i])) {
          return null;
        }
      }
      return variables;
    }
  }

  private final List<Route> routes = new ArrayList<>();

  /** Adds a route; {@code {}} stands for any one part of the path. */
  void add(String method, String pattern, ApiHandler handler) {
    add(method, pattern, request -> true, handler);
  }

  /** Adds a route for requests that pass a test; the others count as a wrong method. */
  void add(String method, String pattern, Predicate<ApiRequest> guard, ApiHandler handler) {
    routes.add(new Route(method, pattern.split("/", -1), guard, handler));
  }

  /** Hands the request to its route, or answers that there is none. */
  void handle(ApiRequest request, Exchange exchange) {
    Optional<String> clean = PathCleaner.cleanerThan(request.path());
    if (clean.isPresent()) {
      String query = request.rawQuery().isEmpty() ? "" : "?" + request.rawQuery();
      exchange.respond(ApiResponse.movedTo(PathCleaner.encode(clean.get()) + query));
      return;
    }
    String[] path = request.path().split("/", -1);
    boolean known = false;
    for (Route route : routes) {
      List<String> variables = route.match(path);
      if (variables == null) {
        continue;
      }
      known = true;
      if (route.method.equals(request.method()) && route.guard.test(request)) {
        route.handler.handle(request, variables, exchange);
        return;
      }
    }
    exchange.respond(known ? ApiResponse.empty(405) : NOT_FOUND);
  }
}
