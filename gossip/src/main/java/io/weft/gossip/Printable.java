package io.weft.gossip;

/** Text chosen by others, made safe for a terminal and for a line of a log. */
final class Printable {
  private Printable() {}

  /** The text with control characters replaced. */
  static String text(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return text.replaceAll("\\p{Cntrl}|[\\x{80}-\\x{9f}]", "?");
      }
    }
    return text;
  }
}
