package io.weft.sleeve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The vectors of overlay.md V as test resources. */
final class Vectors {
  /** Peers A, B and C of the vectors. */
  static final long A = 0x7af45687763bL;

  static final long B = 0xb29c11045ed0L;
  static final long C = 0xce0102030405L;

  static final long CONNECTION_UID = 0x1e2c3e485e6c7e80L;

  private Vectors() {}

  static byte[] hex(String name) {
    String text = new String(resource("vectors/" + name + ".hex"), StandardCharsets.US_ASCII);
    return HexFormat.of().parseHex(text.strip());
  }

  static ByteBuffer buffer(String name) {
    return ByteBuffer.wrap(hex(name));
  }

  static JsonNode json(String name) {
    return tree("vectors/" + name + ".json");
  }

  static JsonNode tree(String path) {
    try {
      return new ObjectMapper().readTree(resource(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] parse(JsonNode hex) {
    return HexFormat.of().parseHex(hex.asText());
  }

  static byte[] resource(String path) {
    try (InputStream in = Vectors.class.getResourceAsStream("/" + path)) {
      if (in == null) {
        throw new IllegalArgumentException("no resource " + path);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(ByteBuffer buffer, int offset, int length) {
    byte[] bytes = new byte[length];
    buffer.get(offset, bytes);
    return bytes;
  }
}
