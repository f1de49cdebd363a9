package io.weft.gossip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** Test data kept as resources. */
public final class TestVectors {
  /** Every hex vector of the mesh protocol that holds gob. */
  public static final List<String> GOB_VECTORS =
      List.of(
          "features-v2",
          "topology-lone-peer",
          "topology-two-peers",
          "topology-placeholder",
          "topology-empty",
          "sub-ipam-range",
          "sub-ipam-state-empty",
          "sub-ipam-state-paxos",
          "sub-ipam-state-paxos-emptymap",
          "sub-ipam-state-paxos-promise",
          "sub-ipam-state-ring",
          "sub-nameserver",
          "sub-nameserver-empty");

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private TestVectors() {}

  /** Bytes of a mesh vector. */
  public static byte[] hex(String name) {
    return hexAt("vectors/mesh/" + name + ".hex");
  }

  /** Bytes of a hex resource. */
  public static byte[] hexAt(String path) {
    return HexFormat.of().parseHex(new String(resource(path), StandardCharsets.US_ASCII).strip());
  }

  /** Meaning of a mesh vector. */
  public static JsonNode json(String name) {
    return jsonAt("vectors/mesh/" + name + ".json");
  }

  /** A JSON resource. */
  public static JsonNode jsonAt(String path) {
    try {
      return MAPPER.readTree(resource(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A resource. */
  public static byte[] resource(String path) {
    try (InputStream in = TestVectors.class.getClassLoader().getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("no such resource: " + path);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes given as hex digits. */
  public static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
