package io.weft.fastpath;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;

/** Vectors of the wire format. */
final class Vectors {
  private Vectors() {}

  static byte[] bytes(String name) throws IOException {
    return HexFormat.of().parseHex(text(name + ".hex").strip());
  }

  static String text(String file) throws IOException {
    try (InputStream in = Vectors.class.getResourceAsStream("/vectors/" + file)) {
      return new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
