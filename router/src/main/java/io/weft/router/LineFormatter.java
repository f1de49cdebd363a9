package io.weft.router;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * One line per log record: {@code INFO: 2026/11/21 07:15:13.955506 text}. Control characters in
 * what others sent us cannot begin a line of their own.
 */
final class LineFormatter extends Formatter {
  /** Frames shown of an unexpected error; enough to find the place. */
  private static final int MAX_FRAMES = 12;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss.SSSSSS", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  @Override
  public String format(LogRecord logRecord) {
    StringBuilder line = new StringBuilder(160);
    line.append(label(logRecord.getLevel())).append(": ");
    line.append(TIME.format(Instant.ofEpochMilli(logRecord.getMillis()))).append(' ');
    appendPrintable(line, formatMessage(logRecord));
    appendError(line, logRecord.getThrown());
    return line.append('\n').toString();
  }

  private static String label(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "WARN";
    }
    return level.intValue() >= Level.INFO.intValue() ? "INFO" : "DEBUG";
  }

  private static void appendError(StringBuilder line, @Nullable Throwable error) {
    Throwable shown = error;
    while (shown != null) {
      line.append(": ");
      appendPrintable(line, shown.toString());
      StackTraceElement[] frames = shown.getStackTrace();
      for (int i = 0; i < Math.min(MAX_FRAMES, frames.length); i++) {
        line.append(i == 0 ? " at " : " < ").append(frames[i]);
      }
      shown = shown.getCause();
    }
  }

  private static void appendPrintable(StringBuilder line, String text) {
    text.codePoints()
        .map(point -> Character.isISOControl(point) ? ' ' : point)
        .forEach(line::appendCodePoint);
  }
}
