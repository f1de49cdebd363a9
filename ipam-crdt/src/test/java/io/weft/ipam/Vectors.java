package io.weft.ipam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.gossip.PeerName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** The test data of the address allocation page. */
final class Vectors {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Vectors() {}

  static JsonNode json(String name) {
    try (InputStream in = open(name + ".json")) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] hex(String name) {
    try (InputStream in = open(name + ".hex")) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
      return HexFormat.of().parseHex(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String file) {
    return Objects.requireNonNull(
        Vectors.class.getResourceAsStream("/vectors/ipam/" + file), file + " is missing");
  }

  static AddressRange range(JsonNode node) {
    return new AddressRange(node.get("Start").asLong(), node.get("End").asLong());
  }

  static List<AddressRange> ranges(JsonNode node) {
    List<AddressRange> ranges = new ArrayList<>();
    node.forEach(range -> ranges.add(range(range)));
    return ranges;
  }

  static List<PeerName> peers(JsonNode node) {
    List<PeerName> peers = new ArrayList<>();
    node.forEach(peer -> peers.add(peer(peer)));
    return peers;
  }

  /** A peer as a number or as text. */
  static PeerName peer(JsonNode node) {
    return new PeerName(
        node.isNumber() ? node.asLong() : Long.parseLong(node.asText().replace(":", ""), 16));
  }

  static List<RingEntry> entries(JsonNode node) {
    List<RingEntry> entries = new ArrayList<>();
    node.forEach(entry ->
        entries.add(
            new RingEntry(
                number(entry, "Token"),
                peer(entry.get("Peer")),
                entry.get("Version").asLong(),
                entry.get("Free").asLong())));
    return entries;
  }

  static Ring ring(JsonNode node) {
    return new Ring(
        new AddressRange(number(node, "Start"), number(node, "End")),
        peer(node.get("Peer")),
        entries(node.get("Entries")),
        peers(node.get("Seeds")));
  }

  private static long number(JsonNode node, String field) {
    JsonNode exact = node.get(field + "Int");
    return (exact != null ? exact : node.get(field)).asLong();
  }
}
