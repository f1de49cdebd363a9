package io.weft.router.template;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The report as values: what JSON calls objects are structs but for a few maps. */
final class ReportValues {
  /** Where Weave Net has maps (ipam.md 9.5). */
  private static final Set<String> MAPS = Set.of("Attrs", "CaptureStats", "OverlayDiagnostics");

  /** What is null for want of a value and not of elements; the last is ours. */
  private static final Set<String> POINTERS = Set.of("Paxos", "Withheld");

  private final JsonParser json;

  private ReportValues(JsonParser json) {
    this.json = json;
  }

  static Value of(String report) {
    try (JsonParser json = new JsonFactory().createParser(report)) {
      json.nextToken();
      return new ReportValues(json).read("", false);
    } catch (IOException e) {
      throw new UncheckedIOException("a report that is no JSON", e);
    }
  }

  private Value read(String name, boolean isInMap) throws IOException {
    JsonToken token = json.currentToken();
    return switch (token) {
      case START_OBJECT -> readFields(isInMap || MAPS.contains(name));
      case START_ARRAY -> readItems(isInMap);
      case VALUE_STRING -> new Value.Text(json.getText());
      case VALUE_NUMBER_INT -> new Value.Whole(json.getBigIntegerValue());
      case VALUE_NUMBER_FLOAT -> new Value.Real(json.getDoubleValue());
      case VALUE_TRUE, VALUE_FALSE -> new Value.Flag(json.getBooleanValue());
      case VALUE_NULL -> absent(name, isInMap);
      default -> throw new IOException("unexpected " + token);
    };
  }

  private static Value absent(String name, boolean isInMap) {
    if (MAPS.contains(name)) {
      return new Value.Dictionary(new TreeMap<>(), true);
    }
    return isInMap || POINTERS.contains(name)
        ? Value.Nothing.NIL
        : new Value.Items(List.of(), true);
  }

  private Value readFields(boolean isMap) throws IOException {
    Map<String, Value> fields = new LinkedHashMap<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      json.nextToken();
      fields.put(name, read(name, isMap));
    }
    return isMap ? new Value.Dictionary(new TreeMap<>(fields), false) : new Value.Struct(fields);
  }

  private Value readItems(boolean isInMap) throws IOException {
    List<Value> items = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      items.add(read("", isInMap));
    }
    return new Value.Items(items, false);
  }
}
