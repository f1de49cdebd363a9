package io.weft.router.http;

import java.util.List;

/** What a route does. Called on the HTTP thread; must not block. */
@FunctionalInterface
interface ApiHandler {
  /**
   * Handles a request and answers it now or later.
   *
   * @param variables the parts of the path that the route leaves open, in order
   */
  void handle(ApiRequest request, List<String> variables, Exchange exchange);
}
