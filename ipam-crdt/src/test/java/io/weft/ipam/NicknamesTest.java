package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NicknamesTest {
  private static final PeerName SELF = new PeerName(5);
  private static final PeerName LOW = new PeerName(1);
  private static final PeerName HIGH = new PeerName(9);

  private final Nicknames nicknames = new Nicknames(SELF, "me");

  private void learn(Map<PeerName, String> received) {
    nicknames.learn(NicknameTable.of(received));
  }

  @Test
  void aTableIsInOrderWhateverTheOrderOfItsPairs() {
    NicknameTable table =
        NicknameTable.ofPairs(new long[] {9, 1, 5, 1}, new String[] {"high", "x", "me", "low"});
    assertEquals(Map.of(LOW, "low", SELF, "me", HIGH, "high"), table);
    assertEquals(1, table.nameAt(0));
    assertEquals("high", table.textAt(2));
    assertNull(table.get(new PeerName(7)));
  }

  @Test
  void learnsOthersButNobodyNamesUs() {
    learn(Map.of(LOW, "low", SELF, "you", HIGH, "hi\u0007gh"));
    assertEquals(Map.of(LOW, "low", SELF, "me", HIGH, "hi?gh"), nicknames.snapshot());
    assertTrue(nicknames.takeChanged());
    assertTrue(nicknames.takeGrown());
    learn(Map.of(HIGH, "hi\u0007gh"));
    learn(Map.of(LOW, "low"));
    assertFalse(nicknames.takeChanged());
    assertFalse(nicknames.takeGrown());
    learn(Map.of(LOW, "lower"));
    assertTrue(nicknames.takeChanged());
    assertFalse(nicknames.takeGrown());
    assertEquals("lower", nicknames.of(LOW));
  }

  @Test
  void forgetsAllThatNobodyNeeds() {
    learn(Map.of(LOW, "low", HIGH, "high"));
    assertTrue(nicknames.takeChanged());
    nicknames.prune(Set.of(LOW), HIGH::equals);
    nicknames.forget(SELF);
    nicknames.forget(new PeerName(7));
    assertFalse(nicknames.takeChanged());
    nicknames.prune(Set.of(), HIGH::equals);
    assertTrue(nicknames.takeChanged());
    assertEquals(Map.of(SELF, "me", HIGH, "high"), nicknames.snapshot());
    nicknames.forget(HIGH);
    assertEquals(Map.of(SELF, "me"), nicknames.snapshot());
  }

  @Test
  void keepsOnlySoMany() {
    int most = IpamProtocol.MAX_NICKNAMES;
    long[] names = new long[most + 10];
    String[] texts = new String[names.length];
    for (int i = 0; i < names.length; i++) {
      names[i] = 100L + i;
      texts[i] = "host" + i;
    }
    nicknames.learn(NicknameTable.ofPairs(names, texts));
    assertEquals(most, nicknames.snapshot().size());
    assertTrue(nicknames.takeGrown());
    learn(Map.of(new PeerName(100), "other"));
    assertEquals("other", nicknames.of(new PeerName(100)), "there is always room for a new one");
  }
}
