package io.weft.router.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateFileTest {
  static final StoredState OLD =
      new StoredState(new PeerName(0x7a0000000001L), new byte[] {1, 2, 3}, List.of("host1"));
  static final StoredState NEW =
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

  @Test
  void aDamagedFileWithTwoStatesIsRefusedOrGivesTheOneThatIsWhole() throws Exception {
    Path file = folder.resolve("weavedata.db");
    try (StateFile writer = StateFile.open(folder + "/weave")) {
      writer.save(OLD);
      writer.save(NEW);
    }
    byte[] good = Files.readAllBytes(file);
    int header = 14;
    for (int at = 0; at < good.length; at += at < header ? 1 : 101) {
      byte[] damaged = good.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      if (at < header) {
        assertRefused(file);
      } else {
        StoredState found = StateFile.open(file, new LocalDisk()).state();
        assertTrue(isSame(found, OLD) || isSame(found, NEW), "damaged at " + at);
      }
      Files.write(file, Arrays.copyOf(good, at));
      assertRefusedOrSame(file, OLD, NEW);
    }
    Arrays.fill(good, StateSlots.BLOCK_BYTES, good.length, (byte) 0);
    Files.write(file, good);
    assertRefused(file);
  }

  private static void assertRefusedOrSame(Path file, StoredState one, StoredState other)
      throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length > StateSlots.BLOCK_BYTES) {
      StoredState found;
      try {
        found = StateFile.open(file, new LocalDisk()).state();
      } catch (StateException e) {
        return;
      }
      assertTrue(isSame(found, one) || isSame(found, other), "cut to " + bytes.length);
    } else {
      assertRefused(file);
    }
  }

  @Test
  void aFileWithOneStateIsReadAndGivesWayToOneWithTwo() throws Exception {
    Path file = folder.resolve("weavedata.db");
    Files.write(file, StoredStateCodec.encode(OLD));
    try (StateFile opened = StateFile.open(folder + "/weave")) {
      assertSame(OLD, opened.state());
      opened.save(NEW);
    }
    assertEquals(3 * StateSlots.BLOCK_BYTES, Files.size(file));
    assertSame(NEW, StateFile.peek(folder + "/weave"));
  }

  @Test
  void onlyAFileThatThisProcessHasPutThereIsWrittenInPlace() throws Exception {
    Path file = Path.of("/state/weavedata.db");
    CrashingDisk disk = new CrashingDisk();
    StateFile first = StateFile.open(file, disk);
    first.save(OLD);
    first.save(NEW);
    first.save(OLD);
    assertEquals(List.of("replace", "overwrite", "overwrite"), disk.saves());
    StateFile second = StateFile.open(file, disk);
    second.save(NEW);
    second.save(OLD);
    assertEquals(List.of("replace", "overwrite"), disk.saves().subList(3, 5));
  }

  @Test
  void aStateWithoutRoomInItsSlotGetsALongerFile() throws Exception {
    StoredState large = NEW.withIpam(new byte[3 * StateSlots.BLOCK_BYTES]);
    StoredState larger = NEW.withIpam(new byte[4 * StateSlots.BLOCK_BYTES]);
    try (StateFile file = StateFile.open(folder + "/weave")) {
      for (StoredState state : List.of(OLD, NEW, large, larger, OLD)) {
        file.save(state);
        assertSame(state, StateFile.peek(folder + "/weave"));
      }
    }
    assertEquals(11 * StateSlots.BLOCK_BYTES, Files.size(folder.resolve("weavedata.db")));
  }

  @Test
  void aFileThatHasGoneOrCouldNotBeWrittenIsPutThereAnew() throws Exception {
    Path file = folder.resolve("weavedata.db");
    try (StateFile opened = StateFile.open(folder + "/weave")) {
      opened.save(OLD);
      Files.delete(file);
      opened.save(NEW);
      assertSame(NEW, StateFile.peek(folder + "/weave"));
    }
    CrashingDisk disk = new CrashingDisk();
    StateFile failing = StateFile.open(Path.of("/state/weavedata.db"), disk);
    failing.save(OLD);
    disk.isFull = true;
    failing.save(NEW);
    assertEquals(List.of("replace", "replace"), disk.saves());
    assertSame(NEW, StateFile.open(Path.of("/state/weavedata.db"), disk).state());
  }

  @Test
  void aFileThatSomebodyElseHasChangedIsNotWrittenInto() throws Exception {
    Path file = folder.resolve("weavedata.db");
    Path copy = folder.resolve("copy");
    try (StateFile opened = StateFile.open(folder + "/weave")) {
      opened.save(OLD);
      Files.createLink(copy, file);
      opened.save(NEW);
      assertSame(OLD, StateFile.open(copy, new LocalDisk()).state());
      assertSame(NEW, StateFile.peek(folder + "/weave"));
      Files.write(file, new byte[0]);
      opened.save(OLD);
      assertSame(OLD, StateFile.peek(folder + "/weave"));
      Files.copy(copy, file, StandardCopyOption.REPLACE_EXISTING);
      opened.save(NEW);
      assertSame(NEW, StateFile.peek(folder + "/weave"));
    }
  }

  @Test
  void aBlockThatCannotBeReadCostsAtMostTheStateThatIsInIt() throws Exception {
    try (StateFile writer = StateFile.open(folder + "/weave")) {
      writer.save(OLD);
      writer.save(NEW);
    }
    byte[] good = Files.readAllBytes(folder.resolve("weavedata.db"));
    Path file = Path.of("/state/weavedata.db");
    int blocks = good.length / StateSlots.BLOCK_BYTES;
    assertEquals(3, blocks);
    for (int bad = 1; bad < blocks; bad++) {
      StoredState found = StateFile.open(file, new BadBlocks(good, bad)).state();
      assertTrue(isSame(found, OLD) || isSame(found, NEW), "without block " + bad);
    }
    for (BadBlocks disk : List.of(new BadBlocks(good, 0), new BadBlocks(good, 1, 2))) {
      StateException refused = assertThrows(StateException.class, () -> StateFile.open(file, disk));
      assertTrue(String.valueOf(refused.getMessage()).contains(": Input/output error; move it"));
    }
  }

  static boolean isSame(StoredState one, StoredState other) {
    return Arrays.equals(StoredStateCodec.encode(one), StoredStateCodec.encode(other));
  }

  static void assertSame(StoredState expected, StoredState found) {
    assertArrayEquals(StoredStateCodec.encode(expected), StoredStateCodec.encode(found));
  }
}
