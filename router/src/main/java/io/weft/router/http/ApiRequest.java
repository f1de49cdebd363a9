package io.weft.router.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A whole request, decoded.
 *
 * @param method upper case
 * @param path decoded, so that {@code %2F} has become a slash
 * @param rawQuery the query string as it came, empty when there is none
 * @param query parameters of the query string
 * @param form parameters of a form body; none unless the method is POST or PUT
 * @param accept the header {@code Accept}, null when absent
 */
record ApiRequest(
    String method,
    String path,
    String rawQuery,
    Map<String, List<String>> query,
    Map<String, List<String>> form,
    @Nullable String accept) {

  /** All values of a parameter, those of the form first. */
  List<String> parameters(String name) {
    List<String> values = new ArrayList<>(form.getOrDefault(name, List.of()));
    values.addAll(query.getOrDefault(name, List.of()));
    return values;
  }

  /** The first value of a parameter. */
  Optional<String> parameter(String name) {
    return parameters(name).stream().findFirst();
  }

  /** Whether the first value of a parameter is {@code true}. */
  boolean isTrue(String name) {
    return parameter(name).filter(value -> value.equals("true")).isPresent();
  }
}
