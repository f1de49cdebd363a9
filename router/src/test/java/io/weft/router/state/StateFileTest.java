package io.weft.router.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateFileTest {
  private static final StoredState OLD =
      new StoredState(new PeerName(0x7a0000000001L), new byte[] {1, 2, 3}, List.of("host1"));
  private static final StoredState NEW =
      new StoredState(
          new PeerName(0x7a0000000001L), new byte[] {9, 8, 7, 6}, List.of("host1", "10.0.0.2:99"));

  @TempDir private Path folder;

  @Test
  void keepsEverythingFromOneRunToTheNext() throws Exception {
    try (StateFile file = StateFile.open(folder + "/sub/weave")) {
      assertNull(file.state().peerName());
      file.save(OLD);
      file.save(NEW);
    }
    try (StateFile file = StateFile.open(folder + "/sub/weave")) {
      assertSame(NEW, file.state());
    }
    try (var files = Files.list(folder.resolve("sub"))) {
      assertEquals(
          List.of("weavedata.db", "weavedata.db.lock"),
          files.map(path -> path.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void refusesASecondRouterOnTheSameFile() throws Exception {
    try (StateFile file = StateFile.open(folder + "/weave")) {
      StateException refused =
          assertThrows(StateException.class, () -> StateFile.open(folder + "/weave").close());
      assertTrue(
          String.valueOf(refused.getMessage()).startsWith("another router uses the state file "));
      file.save(OLD);
    }
    StateFile.open(folder + "/weave").close();
  }

  @Test
  void saysWhatIsWrongWithAFileItCannotRead() throws Exception {
    Path file = folder.resolve("weavedata.db");
    byte[] good = StoredStateCodec.encode(NEW);
    for (int cut = 0; cut < good.length; cut++) {
      Files.write(file, Arrays.copyOf(good, cut));
      assertRefused(file);
    }
    for (int at = 0; at < good.length; at++) {
      byte[] damaged = good.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      assertRefused(file);
    }
  }

  private static void assertRefused(Path file) {
    StateException refused =
        assertThrows(StateException.class, () -> StateFile.open(file, new LocalDisk()));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.startsWith("cannot use the state file " + file + ": "), message);
  }

  /** Replays a save up to every instant, with every amount of unsynced bytes lost. */
  @Test
  void aCrashAtAnyInstantLeavesTheOldStateOrTheNew() throws Exception {
    Path file = Path.of("/state/weavedata.db");
    CrashingDisk recording = new CrashingDisk();
    StateFile writer = StateFile.open(file, recording);
    writer.save(OLD);
    int before = recording.steps.size();
    writer.save(NEW);
    int instants = 0;
    for (int step = 0; step <= recording.steps.size(); step++) {
      for (CrashingDisk survivor : recording.crashedAfter(step)) {
        StoredState found = StateFile.open(file, survivor).state();
        if (step < before) {
          assertTrue(found.peerName() == null || isSame(found, OLD), "after step " + step);
        } else if (step < recording.steps.size()) {
          assertTrue(isSame(found, OLD) || isSame(found, NEW), "after step " + step);
        } else {
          assertSame(NEW, found);
        }
        instants++;
      }
    }
    assertTrue(instants > 100, "only " + instants + " instants were tried");
  }

  private static boolean isSame(StoredState one, StoredState other) {
    return Arrays.equals(StoredStateCodec.encode(one), StoredStateCodec.encode(other));
  }

  private static void assertSame(StoredState expected, StoredState found) {
    assertArrayEquals(StoredStateCodec.encode(expected), StoredStateCodec.encode(found));
  }

  /** A disk in memory that knows what a power cut may leave of it. */
  private static final class CrashingDisk implements Disk {
    private final Map<Path, byte[]> files = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();

    private record Step(String what, Path file, byte[] content, Path target) {}

    @Override
    public byte @Nullable [] read(Path file, int maxBytes) {
      return files.get(file);
    }

    @Override
    public void write(Path file, byte[] content) {
      record(new Step("write", file, content.clone(), file));
    }

    @Override
    public void sync(Path file) {
      record(new Step("sync", file, new byte[0], file));
    }

    @Override
    public void replace(Path source, Path target) {
      record(new Step("replace", source, new byte[0], target));
    }

    @Override
    public void syncFolder(Path folder) throws IOException {
      record(new Step("syncFolder", folder, new byte[0], folder));
    }

    private void record(Step step) {
      steps.add(step);
      apply(files, step);
    }

    private static void apply(Map<Path, byte[]> files, Step step) {
      switch (step.what) {
        case "write" -> files.put(step.file, step.content);
        case "replace" -> {
          byte[] moved = files.remove(step.file);
          if (moved != null) {
            files.put(step.target, moved);
          }
        }
        default -> {}
      }
    }

    /** Every disk that may be found when the power fails after so many steps. */
    List<CrashingDisk> crashedAfter(int count) {
      List<CrashingDisk> found = new ArrayList<>();
      int synced = lastFolderSync(count);
      for (int names = synced; names <= count; names++) {
        // Names reach the disk in order, but any number of those not synced may be missing.
        CrashingDisk disk = new CrashingDisk();
        steps.subList(0, names).forEach(step -> apply(disk.files, step));
        found.add(disk);
        if (names > 0 && steps.get(names - 1).what.equals("write")) {
          found.addAll(withLostBytes(disk, steps.get(names - 1)));
        }
      }
      return found;
    }

    private int lastFolderSync(int count) {
      for (int step = count; step > 0; step--) {
        if (steps.get(step - 1).what.equals("syncFolder")) {
          return step;
        }
      }
      return 0;
    }

    private static List<CrashingDisk> withLostBytes(CrashingDisk disk, Step write) {
      List<CrashingDisk> found = new ArrayList<>();
      for (int kept = 0; kept < write.content.length; kept++) {
        CrashingDisk cut = new CrashingDisk();
        cut.files.putAll(disk.files);
        cut.files.put(write.file, Arrays.copyOf(write.content, kept));
        found.add(cut);
      }
      return found;
    }
  }
}
