package io.weft.router.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.router.trace.Hop.Verdict;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one router says of a frame. */
final class HopTest {
  @Test
  void whatDecidesIsNotCutOffWhereThereAreManyLines() {
    List<String> copies = Collections.nCopies(200, "a copy");
    Hop flooded = new Hop(Verdict.FLOODED, null, null, copies);
    Hop dropped = flooded.decided(Verdict.DROPPED, null, List.of("why", "which counter"));
    assertEquals(Verdict.DROPPED, dropped.verdict());
    assertEquals(TraceMessage.MAX_LINES, dropped.lines().size());
    assertEquals(
        List.of("a copy", "why", "which counter"),
        dropped.lines().subList(TraceMessage.MAX_LINES - 3, TraceMessage.MAX_LINES));
  }
}
