package io.weft.router.template;

import io.weft.router.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes a template apart. */
final class Scanner {
  private static final Pattern PIECE =
      Pattern.compile(
          "(?<blank>\\s+)"
              + "|(?<fields>(?:\\.[\\p{L}_][\\p{L}\\d_]*)+|\\.)"
              + "|(?<variable>\\$[\\p{L}\\d_]*)"
              + "|(?<word>[\\p{L}_][\\p{L}\\d_]*)"
              + "|(?<number>[-+]?\\d+)"
              + "|(?<string>\"(?:[^\"\\\\\\n]|\\\\.)*\"|`[^`]*`)"
              + "|(?<sign>:=|[|(),=])");

  private final String template;
  private final List<Token> tokens = new ArrayList<>();

  private Scanner(String template) {
    this.template = template;
  }

  static List<Token> scan(String template) throws TemplateException {
    return new Scanner(template).scan();
  }

  private List<Token> scan() throws TemplateException {
    int at = 0;
    boolean isTrimmed = false;
    while (at < template.length()) {
      int open = template.indexOf("{{", at);
      String text = template.substring(at, open < 0 ? template.length() : open);
      boolean trimsBefore = open >= 0 && isTrim(open + 2, open + 3);
      text = isTrimmed ? text.stripLeading() : text;
      text = trimsBefore ? text.stripTrailing() : text;
      if (!text.isEmpty()) {
        tokens.add(new Token(Kind.TEXT, text, false));
      }
      if (open < 0) {
        break;
      }
      int start = trimsBefore ? open + 4 : open + 2;
      int close = template.startsWith("/*", start) ? comment(start) : action(start);
      isTrimmed = template.startsWith("-}}", close);
      at = close + (isTrimmed ? 3 : 2);
    }
    tokens.add(new Token(Kind.END, "", false));
    return tokens;
  }

  /** Whether a minus sign with a blank stands there, so that blanks outside do not count. */
  private boolean isTrim(int minus, int blank) {
    return blank < template.length()
        && template.charAt(minus) == '-'
        && Character.isWhitespace(template.charAt(blank));
  }

  private int comment(int start) throws TemplateException {
    int end = template.indexOf("*/", start);
    if (end < 0) {
      throw new TemplateException("unclosed comment");
    }
    int close = isTrim(end + 3, end + 2) ? end + 3 : end + 2;
    if (!template.startsWith("}}", close) && !template.startsWith("-}}", close)) {
      throw new TemplateException("comment ends before closing delimiter");
    }
    return close;
  }

  /** Reads an action up to its closing delimiter; answers where that begins. */
  private int action(int start) throws TemplateException {
    tokens.add(new Token(Kind.OPEN, "{{", false));
    Matcher piece = PIECE.matcher(template);
    int at = start;
    boolean isGlued = false;
    while (true) {
      boolean isBlankBefore = at > start && Character.isWhitespace(template.charAt(at - 1));
      if (template.startsWith("}}", at) || (isBlankBefore && template.startsWith("-}}", at))) {
        tokens.add(new Token(Kind.CLOSE, "}}", false));
        return at;
      }
      if (at >= template.length()) {
        throw new TemplateException("unclosed action");
      }
      piece.region(at, template.length());
      if (!piece.lookingAt()) {
        throw new TemplateException(
            "unexpected character %s in action"
                .formatted(Strings.quote(template.substring(at, at + 1))));
      }
      at = piece.end();
      isGlued = add(piece, isGlued);
    }
  }

  /** Answers whether the next piece would follow without a blank. */
  private boolean add(Matcher piece, boolean isGlued) throws TemplateException {
    if (piece.group("blank") != null) {
      return false;
    }
    String text = piece.group();
    if (piece.group("string") != null) {
      tokens.add(new Token(Kind.STRING, Strings.unquote(text), isGlued));
    } else {
      Kind kind = Kind.SIGN;
      for (Kind named : List.of(Kind.FIELDS, Kind.VARIABLE, Kind.WORD, Kind.NUMBER)) {
        if (piece.group(named.name().toLowerCase(Locale.ROOT)) != null) {
          kind = named;
        }
      }
      tokens.add(new Token(kind, text, isGlued));
    }
    return true;
  }
}
