package io.weft.router.template;

import java.nio.charset.StandardCharsets;

/** Texts between quotes as Go writes them. Stateless. */
final class Strings {
  private Strings() {}

  /** What a literal means. */
  static String unquote(String literal) throws TemplateException {
    if (literal.startsWith("`")) {
      return literal.substring(1, literal.length() - 1);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < literal.length() - 1; i++) {
      char c = literal.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      i++;
      text.append(
          switch (literal.charAt(i)) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case '\\' -> '\\';
            case '"' -> '"';
            default ->
                throw new TemplateException(
                    "unknown escape \\%s in a string, \\n \\t \\r \\\\ and \\\" are accepted"
                        .formatted(literal.charAt(i)));
          });
    }
    return text.toString();
  }

  /** A text between quotes. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\n' -> quoted.append("\\n");
            case '\t' -> quoted.append("\\t");
            case '\r' -> quoted.append("\\r");
            case '\\' -> quoted.append("\\\\");
            case '"' -> quoted.append("\\\"");
            default -> {
              if (Character.isISOControl(c)) {
                quoted.append("\\x%02x".formatted(c));
              } else {
                quoted.appendCodePoint(c);
              }
            }
          }
        });
    return quoted.append('"').toString();
  }

  /** Length as Go counts it. */
  static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
