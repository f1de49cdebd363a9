package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingVectorsTest {
  @Test
  void dividesTheUniverseAsRecorded() {
    for (JsonNode wanted : Vectors.json("ring_seed_cases").get("cases")) {
      List<PeerName> peers = Vectors.peers(wanted.get("peers"));
      AddressRange universe =
          new AddressRange(wanted.get("start").asLong(), wanted.get("end").asLong());
      Collections.reverse(peers);
      Ring ring = Ring.seeded(universe, new PeerName(1), peers);
      assertEquals(Vectors.entries(wanted.get("entries")), ring.entries(), wanted::toString);
      assertTrue(ring.violation().isEmpty());
    }
  }

  @Test
  void grantsAsRecorded() {
    for (JsonNode wanted : Vectors.json("ring_grant_cases").get("cases")) {
      Ring before = Vectors.ring(wanted.get("before"));
      AddressRange range =
          new AddressRange(wanted.get("start").asLong(), wanted.get("end").asLong());
      Ring after = before.grant(range, Vectors.peer(wanted.get("to")));
      assertEquals(Vectors.entries(wanted.get("after")), after.entries(), wanted::toString);
      assertEquals(Vectors.ring(wanted.get("before")), before);
    }
  }

  /**
   * Where Weave Net accepts a ring the result is its own; where it closes the connection over a
   * contradiction, that contradiction is reported.
   */
  @ParameterizedTest
  @ValueSource(strings = {"ring_merge_manual", "ring_merge_cases"})
  void mergesAsRecorded(String file) {
    int contradictions = 0;
    for (JsonNode wanted : Vectors.json(file).get("cases")) {
      Ring mine = Vectors.ring(wanted.get("Mine"));
      Ring theirs = Vectors.ring(wanted.get("Theirs"));
      String name = file + " " + wanted.get("Name").asText();
      switch (RingMerge.merge(mine, theirs, PeerName::toString)) {
        case RingMerge.Result.Merged merged -> {
          String error = wanted.get("Error").asText();
          if (error.isEmpty()) {
            assertAccepted(name, wanted, merged, mine, theirs);
          } else {
            contradictions++;
            assertReported(name, error, merged, mine, theirs);
          }
        }
        case RingMerge.Result.Conflict conflict ->
            assertEquals(operatorText(wanted), conflict.message(), name);
      }
    }
    assertTrue(contradictions > 5, file);
  }

  private static void assertAccepted(
      String name, JsonNode wanted, RingMerge.Result.Merged merged, Ring mine, Ring theirs) {
    List<RingEntry> expected = new ArrayList<>(Vectors.entries(wanted.get("Result")));
    boolean isUpdated = wanted.get("Updated").asBoolean();
    for (int i = 0; i < expected.size(); i++) {
      RingEntry kept = expected.get(i);
      RingEntry other = entry(theirs, kept.token());
      if (other != null && isEqualTie(kept, other) && other.peer().compareTo(kept.peer()) < 0) {
        // The one exception: of two equal claims everybody takes that of the lower name, so that
        // it does not matter who merges; Weave Net keeps its own.
        expected.set(i, other);
        isUpdated = true;
      }
    }
    assertEquals(expected, merged.ring().entries(), name);
    assertEquals(isUpdated, merged.isUpdated(), name);
    if (wanted.has("Seeds")) {
      assertEquals(Vectors.peers(wanted.get("Seeds")), merged.ring().seeds(), name);
    }
    assertTrue(mine.violation().isEmpty(), name);
  }

  private static boolean isEqualTie(RingEntry a, RingEntry b) {
    return a.version() == b.version() && a.free() == b.free() && !a.peer().equals(b.peer());
  }

  private static @Nullable RingEntry entry(Ring ring, long token) {
    return ring.entries().stream().filter(e -> e.token() == token).findFirst().orElse(null);
  }

  private static void assertReported(
      String name, String error, RingMerge.Result.Merged merged, Ring mine, Ring theirs) {
    assertTrue(
        merged.contradictions().stream().anyMatch(found -> found.text().equals(error)),
        () -> name + ": " + error + " is not among " + merged.contradictions());
    assertEquals(Optional.empty(), merged.ring().violation(), name);
    assertEquals(tokens(mine, theirs), tokens(merged.ring(), merged.ring()), name);
  }

  private static Set<Long> tokens(Ring a, Ring b) {
    Set<Long> tokens = new TreeSet<>();
    a.entries().forEach(entry -> tokens.add(entry.token()));
    b.entries().forEach(entry -> tokens.add(entry.token()));
    return tokens;
  }

  /** Two recorded texts are internal to the recorder; operators see those of the page. */
  private static String operatorText(JsonNode wanted) {
    Ring mine = Vectors.ring(wanted.get("Mine"));
    Ring theirs = Vectors.ring(wanted.get("Theirs"));
    return switch (wanted.get("Error").asText()) {
      case "Received ring was seeded differently from ours" ->
          "IP allocation was seeded by different peers (received: %s, ours: %s)"
              .formatted(theirs.seeds(), mine.seeds());
      case "Received range differs from ours" ->
          "Incompatible IP allocation ranges (received: %s, ours: %s)"
              .formatted(theirs.universe().toCidrText(), mine.universe().toCidrText());
      case String text -> text;
    };
  }
}
