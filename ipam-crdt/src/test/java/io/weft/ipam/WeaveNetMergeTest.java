package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The model of Weave Net's merge does in every recorded case what Weave Net did. */
class WeaveNetMergeTest {
  @ParameterizedTest
  @ValueSource(strings = {"ring_merge_manual", "ring_merge_cases"})
  void mergesAsRecorded(String file) {
    for (JsonNode wanted : Vectors.json(file).get("cases")) {
      Ring mine = Vectors.ring(wanted.get("Mine"));
      Space space = new Space();
      AddressSet used = new AddressSet();
      wanted
          .get("AllocatedByUs")
          .forEach(address -> used.add(AddressRange.single(address.asLong())));
      space.rebuild(AddressSet.of(mine.rangesOf(mine.self())), used, new AddressSet());
      WeaveNetMerge.Outcome outcome =
          WeaveNetMerge.merge(mine, Vectors.ring(wanted.get("Theirs")), space);
      String name = file + " " + wanted.get("Name").asText();
      String error = wanted.get("Error").asText();
      assertEquals(error.isEmpty() ? null : error, outcome.error(), name);
      if (error.isEmpty()) {
        assertEquals(Vectors.entries(wanted.get("Result")), outcome.ring().entries(), name);
        assertEquals(wanted.get("Updated").asBoolean(), outcome.isUpdated(), name);
      }
    }
  }
}
