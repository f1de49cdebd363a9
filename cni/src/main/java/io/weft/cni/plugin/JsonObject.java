package io.weft.cni.plugin;

import io.weft.cni.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object of a document, read field by field. A field that is null counts as absent; one of the
 * wrong type is code 6, and the error names it.
 *
 * @param fields its fields
 * @param place where it is in the document, empty for the outermost
 */
record JsonObject(Map<String, @Nullable Object> fields, String place) {
  /** Reads a document that is an object. */
  static JsonObject parse(byte[] document, String what) throws CniException {
    Object value;
    try {
      value = Json.parse(document);
    } catch (IOException e) {
      throw new CniException(
          CniException.DECODING_FAILURE,
          "%s is no JSON: %s".formatted(what, firstLine(e)),
          "a JSON object is expected",
          e);
    }
    return of(value, "")
        .orElseThrow(() ->
            new CniException(
                CniException.DECODING_FAILURE,
                what + " is no JSON object",
                "a JSON object is expected"));
  }

  private static String firstLine(IOException failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("unreadable");
  }

  private static Optional<JsonObject> of(@Nullable Object value, String place) {
    if (!(value instanceof Map<?, ?> map)) {
      return Optional.empty();
    }
    @SuppressWarnings("unchecked") // Json makes maps with texts as keys only.
    Map<String, @Nullable Object> fields = (Map<String, @Nullable Object>) map;
    return Optional.of(new JsonObject(fields, place));
  }

  Optional<String> string(String key) throws CniException {
    return typed(key, String.class, "a string");
  }

  boolean bool(String key, boolean otherwise) throws CniException {
    return typed(key, Boolean.class, "true or false").orElse(otherwise);
  }

  /** A whole number within bounds; outside of them code 7. */
  int integer(String key, int otherwise, int min, int max) throws CniException {
    Optional<Number> number = typed(key, Number.class, "a number");
    if (number.isEmpty()) {
      return otherwise;
    }
    double value = number.get().doubleValue();
    if (value != Math.rint(value) || value < min || value > max) {
      throw invalid(key, number.get(), "a whole number from %d to %d".formatted(min, max));
    }
    return (int) value;
  }

  Optional<JsonObject> object(String key) throws CniException {
    Object value = fields.get(key);
    Optional<JsonObject> object = of(value, path(key) + ".");
    if (value != null && object.isEmpty()) {
      throw wrongType(key, "an object");
    }
    return object;
  }

  /** The objects of a list; empty if there is no list. */
  Optional<List<JsonObject>> objects(String key) throws CniException {
    Optional<List<?>> list = list(key);
    if (list.isEmpty()) {
      return Optional.empty();
    }
    List<JsonObject> objects = new ArrayList<>();
    for (Object element : list.get()) {
      objects.add(
          of(element, "%s[%d].".formatted(path(key), objects.size()))
              .orElseThrow(() -> wrongType(key, "a list of objects")));
    }
    return Optional.of(objects);
  }

  /** The texts of a list, none if there is no list. */
  List<String> strings(String key) throws CniException {
    List<String> texts = new ArrayList<>();
    for (Object element : list(key).orElse(List.of())) {
      if (!(element instanceof String text)) {
        throw wrongType(key, "a list of strings");
      }
      texts.add(text);
    }
    return texts;
  }

  private Optional<List<?>> list(String key) throws CniException {
    Object value = fields.get(key);
    if (value != null && !(value instanceof List<?>)) {
      throw wrongType(key, "a list");
    }
    return Optional.ofNullable((List<?>) value);
  }

  private <T> Optional<T> typed(String key, Class<T> type, String expected) throws CniException {
    Object value = fields.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!type.isInstance(value)) {
      throw wrongType(key, expected);
    }
    return Optional.of(type.cast(value));
  }

  /** An error about the value of a field. */
  CniException invalid(String key, Object value, String expected) {
    return new CniException(
        CniException.INVALID_CONFIGURATION,
        "%s: \"%s\" is not accepted".formatted(path(key), value),
        "expected " + expected);
  }

  private CniException wrongType(String key, String expected) {
    return new CniException(
        CniException.DECODING_FAILURE,
        path(key) + " has the wrong type",
        path(key) + " must be " + expected);
  }

  private String path(String key) {
    return place + key;
  }
}
