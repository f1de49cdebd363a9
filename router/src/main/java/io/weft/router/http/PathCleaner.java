package io.weft.router.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Paths without empty parts and dots, to which others are redirected. */
final class PathCleaner {
  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:@!$&'()*+,;=";

  private PathCleaner() {}

  /** The clean form of a path, unless the path has that form. */
  static Optional<String> cleanerThan(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    String clean = "/" + String.join("/", parts);
    if (path.endsWith("/") && !parts.isEmpty()) {
      clean += "/";
    }
    return clean.equals(path) ? Optional.empty() : Optional.of(clean);
  }

  /** The path as it may stand in a header. */
  static String encode(String path) {
    StringBuilder text = new StringBuilder(path.length());
    for (byte octet : path.getBytes(StandardCharsets.UTF_8)) {
      char character = (char) (octet & 0xff);
      if (UNRESERVED.indexOf(character) >= 0) {
        text.append(character);
      } else {
        text.append('%')
            .append(Character.toUpperCase(Character.forDigit(octet >> 4 & 15, 16)))
            .append(Character.toUpperCase(Character.forDigit(octet & 15, 16)));
      }
    }
    return text.toString();
  }
}
