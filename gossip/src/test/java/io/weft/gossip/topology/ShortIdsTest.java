package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** Short ids against the vector {@code short-ids} (mesh.md 6.4). */
class ShortIdsTest {
  private final RandomGenerator random = RandomGeneratorFactory.getDefault().create(1);

  @Test
  void followsTheVectorsStepByStep() {
    for (JsonNode testCase : TestVectors.json("short-ids").get("cases")) {
      PeerName self = PeerName.parse(testCase.get("self").asText());
      ShortIds ids = new ShortIds();
      ids.add(self, testCase.get("selfShortID").asInt());
      for (JsonNode step : testCase.get("steps")) {
        switch (step.get("op").asText()) {
          case "add", "remove" -> follow(ids, self, step);
          default -> {
            Integer free = ids.pickFree(random);
            assertNotEquals(testCase.get("selfShortID").asInt(), free);
          }
        }
      }
    }
  }

  private static void follow(ShortIds ids, PeerName self, JsonNode step) {
    PeerName peer = PeerName.parse(step.get("name").asText());
    int id = step.get("shortID").asInt();
    Integer claimed = step.get("hasShortID").asBoolean() ? id : null;
    boolean add = step.get("op").asText().equals("add");
    ShortIds.Change change = add ? ids.add(peer, claimed) : ids.remove(peer, claimed);
    String where = step.toString();
    assertEquals(step.get("invalidate").asBoolean(), change.invalidate(), where);
    assertEquals(step.get("reassignSelf").asBoolean(), self.equals(change.displaced()), where);
    JsonNode principal = step.get("principalOfThatID");
    assertEquals(
        principal.isNull() ? null : PeerName.parse(principal.asText()), ids.principal(id), where);
    TreeSet<PeerName> others = new TreeSet<>();
    step.get("others").forEach(name -> others.add(PeerName.parse(name.asText())));
    assertEquals(others, ids.others(id), where);
  }

  @Test
  void findsTheOnlyFreeOne() {
    ShortIds ids = new ShortIds();
    for (int id = 0; id < ShortIds.COUNT; id++) {
      if (id != 4000) {
        ids.add(new PeerName(id + 1), id);
      }
    }
    assertEquals(4000, ids.pickFree(random));
    ids.add(new PeerName(99_999), 4000);
    assertNull(ids.pickFree(random));
  }
}
