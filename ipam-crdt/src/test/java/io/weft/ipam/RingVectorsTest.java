package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import java.util.Collections;
import java.util.List;
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

  @ParameterizedTest
  @ValueSource(strings = {"ring_merge_manual", "ring_merge_cases"})
  void mergesAsRecorded(String file) throws IpamException {
    for (JsonNode wanted : Vectors.json(file).get("cases")) {
      Ring mine = Vectors.ring(wanted.get("Mine"));
      Space space = new Space();
      space.setRanges(mine.rangesOf(mine.self()));
      for (JsonNode address : wanted.get("AllocatedByUs")) {
        space.claim(address.asLong());
      }
      Ring theirs = Vectors.ring(wanted.get("Theirs"));
      String name = wanted.get("Name").asText();
      switch (RingMerge.merge(mine, theirs, space, PeerName::toString)) {
        case RingMerge.Result.Merged merged -> {
          assertEquals(wanted.get("Error").asText(), "", name);
          assertEquals(Vectors.entries(wanted.get("Result")), merged.ring().entries(), name);
          assertEquals(wanted.get("Updated").asBoolean(), merged.isUpdated(), name);
          if (wanted.has("Seeds")) {
            assertEquals(Vectors.peers(wanted.get("Seeds")), merged.ring().seeds(), name);
          }
        }
        case RingMerge.Result.Conflict conflict ->
            assertEquals(operatorText(wanted), conflict.message(), name);
      }
    }
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
