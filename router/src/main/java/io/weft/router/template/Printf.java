package io.weft.router.template;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Go's {@code printf} for the kinds of values that a report has. Stateless. */
final class Printf {
  private static final Pattern VERB =
      Pattern.compile(
          "%(?<flags>[-+0]*)(?<width>\\d{0,4})(?:\\.(?<precision>\\d{0,4}))?(?<verb>.)");

  private Printf() {}

  /** The first argument is the format. */
  static String format(List<Value> arguments) throws TemplateException {
    if (!(arguments.getFirst() instanceof Value.Text(String format))) {
      throw new TemplateException("printf needs a format first");
    }
    StringBuilder text = new StringBuilder();
    Matcher verb = VERB.matcher(format);
    int from = 0;
    int used = 1;
    int percent = format.indexOf('%');
    while (percent >= 0) {
      text.append(format, from, percent);
      verb.region(percent, format.length());
      if (!verb.lookingAt()) {
        throw new TemplateException("printf: no verb behind the last %");
      }
      if (verb.group().equals("%%")) {
        text.append('%');
      } else if (used == arguments.size()) {
        throw new TemplateException("printf: nothing is given for " + verb.group());
      } else {
        text.append(padded(one(arguments.get(used++), verb), verb));
      }
      from = verb.end();
      percent = format.indexOf('%', from);
    }
    if (used < arguments.size()) {
      throw new TemplateException("printf: more is given than the format has verbs");
    }
    return text.append(format.substring(from)).toString();
  }

  private static String one(Value value, Matcher verb) throws TemplateException {
    String plain = value.toString();
    @Nullable String text =
        switch (verb.group("verb")) {
          case "v" -> plain;
          case "s" -> cut(plain, verb.group("precision"));
          case "q" -> Strings.quote(plain);
          case "d" -> value instanceof Value.Whole ? signed(plain, verb) : null;
          case "t" -> value instanceof Value.Flag ? plain : null;
          case "x" -> hex(value);
          default ->
              throw new TemplateException(
                  "printf: %s is not supported, %%v %%s %%q %%d %%t %%x and %%%% are"
                      .formatted(verb.group()));
        };
    if (text == null) {
      throw new TemplateException("printf: %s for a %s".formatted(verb.group(), value.kind()));
    }
    return text;
  }

  private static String signed(String digits, Matcher verb) {
    return verb.group("flags").contains("+") && !digits.startsWith("-") ? "+" + digits : digits;
  }

  private static String hex(Value value) throws TemplateException {
    return switch (value) {
      case Value.Whole whole -> whole.number().toString(16);
      case Value.Text(String text) ->
          HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
      default -> throw new TemplateException("printf: %%x for a %s".formatted(value.kind()));
    };
  }

  private static String cut(String text, @Nullable String precision) {
    int most = precision == null ? Integer.MAX_VALUE : Integer.parseInt("0" + precision);
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most));
  }

  private static String padded(String text, Matcher verb) {
    String digits = verb.group("width");
    int missing =
        (digits.isEmpty() ? 0 : Integer.parseInt(digits)) - text.codePointCount(0, text.length());
    if (missing <= 0) {
      return text;
    }
    if (verb.group("flags").contains("-")) {
      return text + " ".repeat(missing);
    }
    if (verb.group("flags").contains("0") && verb.group("verb").equals("d")) {
      int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
      return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
    }
    return " ".repeat(missing) + text;
  }
}
