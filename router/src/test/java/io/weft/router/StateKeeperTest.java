package io.weft.router;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import io.weft.router.state.StateFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateKeeperTest {
  @TempDir private Path folder;

  @Test
  void whatIsStoredAndWhatCannotBeIsCounted() throws Exception {
    Path place = Files.createDirectories(folder.resolve("gone"));
    Counters counters = new Counters();
    List<String> fatal = new ArrayList<>();
    try (StateFile file = StateFile.open(place + "/weave")) {
      StateKeeper keeper = new StateKeeper(file, counters, fatal::add);
      keeper.storeTargets(List.of("one"));
      keeper.storeTargets(List.of("one"));
      assertEquals(1, counters.get(Counter.STATE_WRITES), "the same is not written again");
      try (var files = Files.list(place)) {
        for (Path left : files.toList()) {
          Files.delete(left);
        }
      }
      Files.delete(place);
      keeper.storeTargets(List.of("two"));
      assertEquals(1, counters.get(Counter.STATE_WRITE_FAILURES));
      assertEquals(List.of("one"), file.state().targets());
      assertEquals(List.of(), fatal, "without its targets a router still works");
    }
  }
}
