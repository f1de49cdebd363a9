package io.weft.router.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.ipam.PersistedState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Databases that Weave Net's own library has written, with the values of the vectors in them. */
final class WeaveNetStateTest {
  @TempDir private Path folder;

  static byte[] database(String name) throws IOException {
    try (InputStream in = WeaveNetStateTest.class.getResourceAsStream("/weave-net/" + name)) {
      assertNotNull(in, name);
      return new GZIPInputStream(in).readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"small.db.gz", "large.db.gz"})
  void nameRingAddressesAndTargetsAreTakenOver(String name) throws Exception {
    Path file = folder.resolve("weavedata.db");
    byte[] original = database(name);
    Files.write(file, original);
    StoredState state;
    try (StateFile opened = StateFile.open(folder + "/weave")) {
      state = opened.state();
      assertEquals("7a:9f:eb:01:00:01", String.valueOf(state.peerName()));
      assertEquals(List.of("192.0.2.11", "host2:6783"), state.targets());
      byte[] ipam = state.ipam();
      assertNotNull(ipam);
      PersistedState allocator = PersistedState.decode(ipam);
      assertEquals(state.peerName(), allocator.self());
      assertEquals("10.32.0.0/12", allocator.ring().universe().toCidrText());
      assertEquals(2, allocator.ring().entries().size());
      assertEquals(2, allocator.ring().entries().getFirst().version());
      assertEquals("{weave:expose=[10.32.0.1/12]}", addresses(allocator));
      assertEquals(false, allocator.isClean(), "nobody knows how that router stopped");
      assertArrayEquals(original, Files.readAllBytes(file), "as long as nothing is changed");
      opened.save(state.withTargets(List.of("another")));
      opened.save(state);
    }
    assertArrayEquals(original, Files.readAllBytes(folder.resolve("weavedata.db.weave-net")));
    try (StateFile again = StateFile.open(folder + "/weave")) {
      assertEquals(state.targets(), again.state().targets());
      assertArrayEquals(state.ipam(), again.state().ipam());
    }
  }

  private static String addresses(PersistedState allocator) {
    StringBuilder text = new StringBuilder("{");
    allocator
        .owned()
        .forEach((ident, owned) -> text.append(ident).append('=').append(owned.cidrs()));
    return text.append('}').toString();
  }

  @Test
  void anotherVersionIsRefused() throws Exception {
    Files.write(folder.resolve("weavedata.db"), database("other-version.db.gz"));
    String message =
        String.valueOf(
            assertThrows(StateException.class, () -> StateFile.peek(folder + "/weave"))
                .getMessage());
    assertTrue(
        message.contains("mismatched version of the database of Weave Net: [2, 0], 1.x is read"),
        message);
  }

  @Test
  void theLaterOfTwoDescriptionsCountsAndTheOtherStandsIn() throws Exception {
    byte[] database = database("small.db.gz");
    byte[] first = database.clone();
    Arrays.fill(first, 16, 80, (byte) 0);
    byte[] second = database.clone();
    Arrays.fill(second, 4096 + 16, 4096 + 80, (byte) 0);
    assertEquals("7a:9f:eb:01:00:01", String.valueOf(WeaveNetState.read(first).peerName()));
    assertNotNull(WeaveNetState.read(second));
    second[20] ^= 1;
    assertThrows(StateException.class, () -> WeaveNetState.read(second));
  }

  @Test
  void aDatabaseWithoutOurBucketIsEmpty() throws Exception {
    byte[] database = database("small.db.gz");
    for (int at = 0; at + 3 < database.length; at++) {
      if (database[at] == 't' && database[at + 1] == 'o' && database[at + 2] == 'p') {
        database[at] = 'x';
      }
    }
    assertNull(WeaveNetState.read(database).peerName());
  }

  @Test
  void damageIsRefusedOrDoesNoHarm() throws Exception {
    long seed = 20261128;
    Random random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < 3_000; round++) {
      byte[] damaged = database(round % 2 == 0 ? "small.db.gz" : "large.db.gz");
      for (int change = 0; change <= random.nextInt(8); change++) {
        // Most of a file is the inside of pages that nobody points to.
        int page = random.nextInt(damaged.length / 4096) * 4096;
        damaged[page + random.nextInt(random.nextBoolean() ? 96 : 4096)] = (byte) random.nextInt();
      }
      byte[] cut =
          random.nextInt(8) == 0 ? Arrays.copyOf(damaged, random.nextInt(damaged.length)) : damaged;
      try {
        assertNotNull(WeaveNetState.read(cut), "seed " + seed);
      } catch (StateException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("database of Weave Net"), "" + seed);
        refused++;
      }
    }
    assertTrue(refused > 50, refused + " were refused");
  }
}
