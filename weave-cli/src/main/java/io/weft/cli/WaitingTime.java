package io.weft.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the option {@code --timeout}: {@code 90}, {@code 30s} or {@code 1m30s}. */
final class WaitingTime implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String text) {
    try {
      String iso = text.matches("[0-9]+") ? text + "s" : text;
      Duration duration = Duration.parse("PT" + iso.toUpperCase(Locale.ROOT));
      if (duration.equals(Duration.ofSeconds(duration.toSeconds())) && duration.isPositive()) {
        return duration;
      }
    } catch (DateTimeParseException e) {
      // Refused below like every other text that is no time to wait.
    }
    throw new TypeConversionException(
        "'%s' is no time to wait; 90, 30s and 1m30s are".formatted(text));
  }
}
