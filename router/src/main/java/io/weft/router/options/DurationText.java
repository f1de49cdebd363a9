package io.weft.router.options;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations as Go programs write them, such as {@code 1m30s}; a bare number means seconds. */
public final class DurationText {
  private static final Pattern PART = Pattern.compile("([0-9]{1,9})(h|ms|m|s)");

  private DurationText() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException when it is none, or not between the two bounds; the message
   *     says what is accepted, but not where the text comes from
   */
  public static Duration parse(String text, Duration min, Duration max) {
    Duration duration = read(text);
    if (duration == null || duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "\"%s\" is no duration from %d s to %d s, written as 90 or 1m30s"
              .formatted(text, min.toSeconds(), max.toSeconds()));
    }
    return duration;
  }

  private static @Nullable Duration read(String text) {
    if (text.matches("[0-9]{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    int end = 0;
    while (part.find() && part.start() == end) {
      sum = sum.plus(Duration.ofMillis(Long.parseLong(part.group(1)) * millis(part.group(2))));
      end = part.end();
    }
    return end > 0 && end == text.length() ? sum : null;
  }

  private static long millis(String unit) {
    return switch (unit) {
      case "h" -> 3_600_000;
      case "m" -> 60_000;
      case "s" -> 1_000;
      default -> 1;
    };
  }
}
