package io.weft.router.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.weft.ipam.Cidr;
import io.weft.ipam.OwnedAddresses;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;

/** The body of {@code GET /ip} (ipam.md 8.2). */
final class OwnedJson {
  private OwnedJson() {}

  static String of(Map<String, OwnedAddresses> owned) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      if (owned.isEmpty()) {
        json.writeNullField("owned");
      } else {
        json.writeArrayFieldStart("owned");
        for (Map.Entry<String, OwnedAddresses> owner : new TreeMap<>(owned).entrySet()) {
          json.writeStartObject();
          json.writeStringField("containerid", owner.getKey());
          json.writeArrayFieldStart("addrs");
          for (Cidr cidr : owner.getValue().cidrs()) {
            json.writeString(cidr.toString());
          }
          json.writeEndArray();
          json.writeEndObject();
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("memory took no characters", e);
    }
    return text.append('\n').toString();
  }
}
