package io.weft.router.forwarding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MacTableTest {
  private static final PeerName US = new PeerName(0x7a0000000001L);
  private static final long PEER = 0x7a0000000002L;
  private static final long OTHER = 0x7a0000000003L;
  private static final long MAC = 0x0a0000000011L;
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;

  private final EventTime time = new EventTime(0, 0);
  private final Counters counters = new Counters();
  private final MacTable table = new MacTable(time, US, 100, counters);

  @Test
  void anAddressLearnedHereDoesNotReplaceThatOfAnotherPeer() {
    table.learnRemote(MAC, PEER);
    table.learnLocal(MAC);
    assertEquals(PEER, ownerOf(MAC));
  }

  @Test
  void anAddressSeenAtAPeerMovesThereFromWhereverItWas() {
    table.learnLocal(MAC);
    assertEquals(US.value(), ownerOf(MAC));
    table.learnRemote(MAC, PEER);
    assertEquals(PEER, ownerOf(MAC));
    table.learnRemote(MAC, OTHER);
    assertEquals(OTHER, ownerOf(MAC));
    assertEquals(2, counters.get(Counter.MACS_MOVED));
  }

  @Test
  void publishesOnlyWhatChangedAndLeavesOldSnapshotsAlone() {
    LongMap<MacEntry> before = table.snapshot();
    table.learnLocal(MAC);
    assertNull(table.snapshot().find(MAC));
    assertTrue(table.publish());
    assertFalse(table.publish());
    assertNull(before.find(MAC));
    assertEquals(US.value(), ownerOf(MAC));
  }

  @Test
  void anAddressIsForgottenTenMinutesAfterItWasLastSeen() {
    table.learnLocal(MAC);
    advance(5 * MINUTE);
    table.learnLocal(MAC);
    advance(10 * MINUTE);
    assertEquals(US.value(), ownerOf(MAC));
    advance(MINUTE);
    assertTrue(table.entries().isEmpty());
    assertEquals(1, counters.get(Counter.MACS_EXPIRED));
    table.publish();
    assertNull(table.snapshot().find(MAC));
  }

  @Test
  void lastSeenIsRewrittenOnlyWhenItIsOlderThanAMinute() {
    MacEntry entry = new MacEntry(MAC, PEER, 0);
    entry.refresh(MINUTE);
    assertEquals(0, entry.lastSeenNanos());
    entry.refresh(MINUTE + 1);
    assertEquals(MINUTE + 1, entry.lastSeenNanos());
  }

  @Test
  void aPeerThatIsGoneTakesItsAddressesWithIt() {
    table.learnRemote(MAC, PEER);
    table.learnRemote(MAC + 1, OTHER);
    table.publish();
    table.removePeer(new PeerName(PEER));
    table.publish();
    assertNull(table.snapshot().find(MAC));
    assertEquals(OTHER, ownerOf(MAC + 1));
  }

  @Test
  void aFullTableLearnsNothingNew() {
    for (long mac = 0; mac < 150; mac++) {
      table.learnLocal(0x0a0000000000L + mac);
    }
    assertEquals(100, table.entries().size());
    assertEquals(50, counters.get(Counter.MACS_DROPPED_TABLE_FULL));
    table.learnRemote(0x0a0000000000L, PEER);
    assertEquals(PEER, ownerOf(0x0a0000000000L));
  }

  @Test
  void aFollowerIsToldOfEveryNewOwnerAndOfWhatIsForgotten() {
    List<String> told = new ArrayList<>();
    table.follow(
        new MacTable.Follower() {
          @Override
          public void placed(long mac, boolean remote) {
            told.add((remote ? "there " : "here ") + Long.toHexString(mac));
          }

          @Override
          public void forgotten(long mac) {
            told.add("gone " + Long.toHexString(mac));
          }
        });
    table.learnLocal(MAC);
    table.learnLocal(MAC);
    table.learnRemote(MAC, PEER);
    table.learnRemote(MAC, PEER);
    table.learnLocal(MAC);
    table.removePeer(new PeerName(PEER));
    table.learnLocal(MAC);
    advance(11 * MINUTE);
    String mac = Long.toHexString(MAC);
    assertEquals(
        List.of("here " + mac, "there " + mac, "gone " + mac, "here " + mac, "gone " + mac), told);
  }

  @Test
  void findsExactlyWhatWasPutIn() {
    long seed = 20_261_121L;
    Random random = new Random(seed);
    Map<Long, MacEntry> expected = new HashMap<>();
    for (int i = 0; i < 5_000; i++) {
      long mac = random.nextLong(20_000) << 8;
      expected.put(mac, new MacEntry(mac, i, 0));
      if (i % 500 == 0) {
        LongMap<MacEntry> map = LongMap.of(expected.values(), MacEntry::mac);
        for (long key = 0; key < 20_000L << 8; key += 64) {
          assertEquals(expected.get(key), map.find(key), "seed " + seed + ", key " + key);
        }
      }
    }
  }

  private long ownerOf(long mac) {
    table.publish();
    MacEntry entry = table.snapshot().find(mac);
    return entry == null ? -1 : entry.peer();
  }

  private void advance(long nanos) {
    time.advanceTo(time.nanos() + nanos, 0);
    table.onTime();
  }
}
