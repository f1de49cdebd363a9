package io.weft.router.template;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** What the functions do. Stateless. */
final class Functions {
  private Functions() {}

  /** Applies a function that needs all its arguments; their number was checked. */
  static Value apply(Function function, List<Value> arguments) throws TemplateException {
    Value first = arguments.isEmpty() ? Value.Nothing.NIL : arguments.getFirst();
    return switch (function) {
      case LEN -> new Value.Whole(length(first));
      case NOT -> new Value.Flag(!first.isTrue());
      case INDEX -> index(arguments);
      case JSON -> new Value.Text(json(first));
      case PRINT -> new Value.Text(print(arguments));
      case PRINTLN -> new Value.Text(println(arguments));
      case PRINTF -> new Value.Text(Printf.format(arguments));
      case EQ -> new Value.Flag(equalsAny(arguments));
      case NE -> new Value.Flag(compare(first, arguments.get(1)) != 0);
      case LT -> new Value.Flag(compareOrdered(arguments) < 0);
      case LE -> new Value.Flag(compareOrdered(arguments) <= 0);
      case GT -> new Value.Flag(compareOrdered(arguments) > 0);
      case GE -> new Value.Flag(compareOrdered(arguments) >= 0);
      case AND, OR -> throw new IllegalStateException("decided without all arguments");
    };
  }

  private static int length(Value value) throws TemplateException {
    return switch (value) {
      case Value.Text text -> Strings.bytes(text.text());
      case Value.Items items -> items.items().size();
      case Value.Dictionary dictionary -> dictionary.entries().size();
      default -> throw new TemplateException("len of type " + value.kind());
    };
  }

  private static Value index(List<Value> arguments) throws TemplateException {
    Value value = arguments.getFirst();
    for (Value key : arguments.subList(1, arguments.size())) {
      value =
          switch (value) {
            case Value.Items items when key instanceof Value.Whole position -> {
              int size = items.items().size();
              int at =
                  position.number().bitLength() < Integer.SIZE
                      ? position.number().intValue()
                      : size;
              if (at < 0 || at >= size) {
                throw new TemplateException("index out of range: " + position.number());
              }
              yield items.items().get(at);
            }
            case Value.Dictionary dictionary when key instanceof Value.Text name ->
                dictionary.entries().getOrDefault(name.text(), Value.Nothing.NO_VALUE);
            default ->
                throw new TemplateException(
                    "can't index %s with %s".formatted(value.kind(), key.kind()));
          };
    }
    return value;
  }

  private static boolean equalsAny(List<Value> arguments) throws TemplateException {
    for (Value other : arguments.subList(1, arguments.size())) {
      if (compare(arguments.getFirst(), other) == 0) {
        return true;
      }
    }
    return false;
  }

  private static int compareOrdered(List<Value> arguments) throws TemplateException {
    if (arguments.getFirst() instanceof Value.Flag) {
      throw new TemplateException("invalid type for comparison: bool");
    }
    return compare(arguments.getFirst(), arguments.get(1));
  }

  private static int compare(Value one, Value other) throws TemplateException {
    if (one instanceof Value.Text(String a) && other instanceof Value.Text(String b)) {
      return a.compareTo(b);
    }
    if (one instanceof Value.Whole a && other instanceof Value.Whole b) {
      return a.number().compareTo(b.number());
    }
    if (one instanceof Value.Real(double a) && other instanceof Value.Real(double b)) {
      return Double.compare(a, b);
    }
    if (one instanceof Value.Flag(boolean a) && other instanceof Value.Flag(boolean b)) {
      return Boolean.compare(a, b);
    }
    throw new TemplateException(
        "incompatible types for comparison: %s and %s".formatted(one.kind(), other.kind()));
  }

  /** With blanks between arguments of which neither is a text. */
  private static String print(List<Value> arguments) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < arguments.size(); i++) {
      boolean isApart =
          i > 0
              && !(arguments.get(i) instanceof Value.Text)
              && !(arguments.get(i - 1) instanceof Value.Text);
      text.append(isApart ? " " : "").append(arguments.get(i));
    }
    return text.toString();
  }

  private static String println(List<Value> arguments) {
    return String.join(" ", arguments.stream().map(Value::toString).toList()) + "\n";
  }

  private static String json(Value value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      write(json, value);
    } catch (IOException e) {
      throw new UncheckedIOException("memory took no characters", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, Value value) throws IOException {
    switch (value) {
      case Value.Text text -> json.writeString(text.text());
      case Value.Whole whole -> json.writeNumber(whole.number());
      case Value.Real real -> json.writeNumber(real.number());
      case Value.Flag flag -> json.writeBoolean(flag.flag());
      case Value.Nothing _ -> json.writeNull();
      case Value.Items items when items.isNil() -> json.writeNull();
      case Value.Items items -> {
        json.writeStartArray();
        for (Value item : items.items()) {
          write(json, item);
        }
        json.writeEndArray();
      }
      case Value.Struct struct -> writeFields(json, struct.fields());
      case Value.Dictionary dictionary when dictionary.isNil() -> json.writeNull();
      case Value.Dictionary dictionary -> writeFields(json, dictionary.entries());
    }
  }

  private static void writeFields(JsonGenerator json, Map<String, Value> fields)
      throws IOException {
    json.writeStartObject();
    for (Map.Entry<String, Value> field : fields.entrySet()) {
      json.writeFieldName(field.getKey());
      write(json, field.getValue());
    }
    json.writeEndObject();
  }
}
