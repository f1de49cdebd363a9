package io.weft.tests.overlaybench;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the programs of this package are told on their command line. */
final class Arguments {
  private static final String ALL = "all";

  private Arguments() {}

  /**
   * A number from 1 to {@code most}.
   *
   * @throws IllegalArgumentException that names what was given and what is accepted
   */
  static int number(String name, String text, int most) {
    int value = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "%s: \"%s\" is no number in 1 to %d".formatted(name, text, most));
    }
    return value;
  }

  /**
   * The paths that {@code names}, with commas between, selects.
   *
   * @param known those there are; {@code all} selects each
   * @throws IllegalArgumentException that names what was given and what is accepted
   */
  static <P> Map<String, P> paths(String names, Map<String, P> known) {
    Map<String, P> selected = new LinkedHashMap<>();
    for (String name : names.split(",", -1)) {
      P path = known.get(name);
      if (name.equals(ALL)) {
        selected.putAll(known);
      } else if (path == null) {
        throw new IllegalArgumentException(
            "PATHS: there is no path \"%s\"; accepted are %s, %s"
                .formatted(name, ALL, String.join(", ", known.keySet())));
      } else {
        selected.put(name, path);
      }
    }
    return selected;
  }
}
