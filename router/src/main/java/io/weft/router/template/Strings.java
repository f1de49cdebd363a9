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
    int at = 1;
    while (at < literal.length() - 1) {
      char c = literal.charAt(at++);
      text.append(c == '\\' ? escaped(literal.charAt(at++)) : c);
    }
    return text.toString();
  }

  private static char escaped(char letter) throws TemplateException {
    return switch (letter) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case '\\' -> '\\';
      case '"' -> '"';
      default ->
          throw new TemplateException(
              "unknown escape \\%s in a string, \\n \\t \\r \\\\ and \\\" are accepted"
                  .formatted(letter));
    };
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
