package io.weft.router.state;

import static io.weft.router.state.StateFileTest.NEW;
import static io.weft.router.state.StateFileTest.OLD;
import static io.weft.router.state.StateFileTest.assertSame;
import static io.weft.router.state.StateFileTest.isSame;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replays saves up to every instant, with every amount of bytes lost that are not synced. */
final class StateCrashTest {
  private static final Path FILE = Path.of("/state/weavedata.db");
  private static final Path KEPT = Path.of("/state/weavedata.db.weave-net");
  private static final StoredState FIRST = OLD.withTargets(List.of("of version 1"));

  private final CrashingDisk recording = new CrashingDisk();

  @Test
  void aCrashAtAnyInstantLeavesTheOldStateOrTheNew() throws Exception {
    StoredState grown = NEW.withIpam(new byte[StateSlots.BLOCK_BYTES]);
    StoredState other = OLD.withIpam(new byte[StateSlots.BLOCK_BYTES + 1_000]);
    assertEveryInstantIsSafe(
        List.of(OLD, NEW, OLD, grown, NEW, other, grown),
        StateFile.MAX_BYTES,
        List.of(
            "replace", "overwrite", "overwrite", "replace", "overwrite", "overwrite", "overwrite"));
  }

  @Test
  void theSameHoldsForStatesOfWhichAFileHoldsOnlyOne() throws Exception {
    StoredState large = NEW.withIpam(new byte[3 * StateSlots.BLOCK_BYTES]);
    StoredState larger = OLD.withIpam(new byte[5 * StateSlots.BLOCK_BYTES]);
    assertEveryInstantIsSafe(
        List.of(OLD, large, larger, large, NEW, OLD),
        6 * StateSlots.BLOCK_BYTES,
        List.of("replace", "replace", "replace", "replace", "replace", "overwrite"));
  }

  private void assertEveryInstantIsSafe(List<StoredState> saves, int maxBytes, List<String> how)
      throws Exception {
    recording.put(FILE, StoredStateCodec.encode(FIRST));
    int begun = recording.steps.size();
    StateFile writer = StateFile.open(FILE, recording, maxBytes);
    List<Integer> ends = new ArrayList<>();
    for (StoredState state : saves) {
      writer.save(state);
      ends.add(recording.steps.size());
    }
    assertEquals(how, recording.saves());
    int instants = 0;
    for (int step = begun; step <= recording.steps.size(); step++) {
      int end = step;
      int done = (int) ends.stream().filter(last -> last <= end).count();
      StoredState before = done == 0 ? FIRST : saves.get(done - 1);
      StoredState after = done == saves.size() || ends.contains(step) ? before : saves.get(done);
      for (CrashingDisk survivor : recording.crashedAfter(step)) {
        StoredState found = StateFile.open(FILE, survivor, maxBytes).state();
        assertTrue(isSame(found, before) || isSame(found, after), "after step " + step);
        instants++;
      }
    }
    assertTrue(instants > 1000, "only " + instants + " instants were tried");
  }

  @Test
  void aStateThatCouldNotBeReadAgainIsNotWritten() throws Exception {
    int maxBytes = 2 * StateSlots.BLOCK_BYTES;
    StateFile writer = StateFile.open(FILE, recording, maxBytes);
    writer.save(OLD);
    IOException refused =
        assertThrows(IOException.class, () -> writer.save(NEW.withIpam(new byte[maxBytes])));
    assertTrue(
        String.valueOf(refused.getMessage()).endsWith("at most 8192 are accepted"),
        refused.getMessage());
    assertSame(OLD, StateFile.open(FILE, recording, maxBytes).state());
    writer.save(NEW);
    assertSame(NEW, StateFile.open(FILE, recording, maxBytes).state());
  }

  @ParameterizedTest
  @ValueSource(strings = {"small.db.gz", "large.db.gz"})
  void aCrashAtAnyInstantOfTheTakeOverFromWeaveNetLosesNothingOfItsDatabase(String name)
      throws Exception {
    byte[] original = WeaveNetStateTest.database(name);
    recording.put(FILE, original);
    int begun = recording.steps.size();
    StateFile writer = StateFile.open(FILE, recording);
    StoredState imported = writer.state();
    StoredState changed = imported.withTargets(List.of("another"));
    assertEquals(begun, recording.steps.size(), "reading changes nothing");
    writer.save(changed);
    int taken = recording.steps.size();
    writer.save(imported);
    int instants = 0;
    for (int step = begun; step <= recording.steps.size(); step++) {
      for (CrashingDisk survivor : recording.crashedAfter(step)) {
        assertNothingIsLost(survivor, original, step >= taken, List.of(imported, changed));
        instants++;
      }
    }
    assertTrue(instants > 800, "only " + instants + " instants were tried");
  }

  /** What is found is Weave Net's still, or ours with Weave Net's beside it; and it goes on. */
  private static void assertNothingIsLost(
      CrashingDisk survivor, byte[] original, boolean isTaken, List<StoredState> states)
      throws Exception {
    byte[] there = bytes(survivor, FILE);
    StateFile again = StateFile.open(FILE, survivor);
    if (BoltFile.isOne(there)) {
      assertTrue(!isTaken, "a save that was done is lost");
      assertArrayEquals(original, there);
      assertSame(states.getFirst(), again.state());
    } else {
      assertArrayEquals(original, bytes(survivor, KEPT));
      assertTrue(states.stream().anyMatch(state -> isSame(state, again.state())));
    }
    again.save(states.getLast());
    assertArrayEquals(original, bytes(survivor, KEPT));
    assertSame(states.getLast(), StateFile.open(FILE, survivor).state());
  }

  private static byte[] bytes(CrashingDisk disk, Path file) {
    Disk.Content content = disk.read(file, StateFile.MAX_BYTES);
    assertNotNull(content, file.toString());
    return content.bytes();
  }
}
