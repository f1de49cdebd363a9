package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class PersistedStateTest {
  private static PersistedState sample() {
    SingleNode node = SingleNode.shared();
    node.allocate("a");
    node.allocate("b");
    node.claim("weave:expose", "192.168.1.1/24");
    return node.lastStored();
  }

  private static BootstrapMode consensus() {
    return new BootstrapMode.Consensus(3);
  }

  @Test
  void readsWhatItWrote() throws CorruptStateException {
    PersistedState state = sample();
    assertEquals(state, PersistedState.decode(state.encode()));
    SingleNode voting = SingleNode.started(consensus(), null);
    voting.allocate("a");
    PersistedState undecided = voting.lastStored();
    assertTrue(undecided.paxos().isPresent());
    assertEquals(undecided, PersistedState.decode(undecided.encode()));
    SingleNode seeded =
        SingleNode.started(
            new BootstrapMode.Seed(List.of(SingleNode.SELF, SingleNode.OTHER)), null);
    seeded.known.add(SingleNode.OTHER);
    seeded.pass(1);
    PersistedState unconfirmed = seeded.lastStored();
    assertTrue(unconfirmed.isLearning());
    assertEquals(unconfirmed, PersistedState.decode(unconfirmed.encode()));
  }

  @Test
  void anyDamageIsAnError() {
    byte[] bytes = sample().encode();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThrows(CorruptStateException.class, () -> PersistedState.decode(cut));
    }
    for (int bit = 0; bit < bytes.length * Byte.SIZE; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / Byte.SIZE] ^= (byte) (1 << (bit % Byte.SIZE));
      CorruptStateException refusal =
          assertThrows(CorruptStateException.class, () -> PersistedState.decode(flipped));
      String text = String.valueOf(refusal.getMessage());
      assertTrue(text.startsWith("IP allocation state is corrupt: "), text);
    }
  }

  @Test
  void damageUnderAValidChecksumDoesNoHarm() {
    long seed = 99;
    Random random = new Random(seed);
    byte[] bytes = sample().encode();
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = bytes.clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        damaged[6 + random.nextInt(bytes.length - 10)] = (byte) random.nextInt();
      }
      CRC32 crc = new CRC32();
      crc.update(damaged, 0, damaged.length - 4);
      ByteBuffer.wrap(damaged).putInt(damaged.length - 4, (int) crc.getValue());
      try {
        PersistedState state = PersistedState.decode(damaged);
        assertEquals(Optional.empty(), state.ring().violation(), "seed " + seed);
        SingleNode.started(new BootstrapMode.Observer(), state).allocator.status();
      } catch (CorruptStateException e) {
        refused++;
      }
    }
    assertTrue(refused > 500, "seed " + seed + " refused only " + refused);
  }

  @Test
  void aRestartKeepsRingAndAddresses() {
    PersistedState state = sample();
    SingleNode again = SingleNode.started(consensus(), state);
    assertEquals(state.owned(), again.allocator.list());
    assertEquals("10.32.0.1/24", again.allocate("a").cidr().toString());
    Answer fresh = again.allocate("c");
    assertTrue(fresh.isPending(), "nobody has confirmed the stored ring yet");
    again.pass(10);
    assertEquals("10.32.0.3/24", fresh.cidr().toString());
    assertEquals(state.ring().seeds(), again.lastStored().ring().seeds());
  }

  @Test
  void whetherTheStopWasInOrderIsStored() {
    PersistedState state = sample();
    assertFalse(state.isClean());
    SingleNode again = SingleNode.started(consensus(), state);
    again.allocator.close();
    assertTrue(again.lastStored().isClean());
    SingleNode third = SingleNode.started(consensus(), again.lastStored());
    assertFalse(third.lastStored().isClean());
  }

  @Test
  void stateOfAnotherPeerOrRangeIsNotLoaded() {
    PersistedState state = sample();
    assertNothingLoaded(withOwned(state, new PeerName(5), state.ring()));
    Ring other =
        Ring.seeded(
            Cluster.cidr("10.40.0.0/24").range(), SingleNode.SELF, List.of(SingleNode.SELF));
    assertNothingLoaded(withOwned(state, SingleNode.SELF, other));
    Ring empty = Ring.empty(SingleNode.UNIVERSE.range(), SingleNode.SELF);
    SingleNode node = SingleNode.started(consensus(), withOwned(state, SingleNode.SELF, empty));
    assertEquals(
        Set.of("weave:expose"),
        node.allocator.list().keySet(),
        "what lies outside the universe needs no ring");
    assertTrue(node.lastStored().ring().isEmpty());
  }

  @Test
  void theFormatBeforeQuarantineIsStillRead() throws CorruptStateException {
    PersistedState state = sample();
    byte[] bytes = state.encode();
    byte[] old = Arrays.copyOf(bytes, bytes.length - 16);
    ByteBuffer.wrap(old).putShort(4, (short) 1);
    CRC32 crc = new CRC32();
    crc.update(old, 0, old.length - 4);
    ByteBuffer.wrap(old).putInt(old.length - 4, (int) crc.getValue());
    assertEquals(state, PersistedState.decode(old));
  }

  /** What a peer with a ring stores when it owns the same addresses. */
  private static PersistedState withOwned(PersistedState state, PeerName self, Ring ring) {
    return new PersistedState(
        self, ring, state.owned(), Optional.empty(), Map.of(), Map.of(), false, true);
  }

  private static void assertNothingLoaded(PersistedState state) {
    SingleNode node = SingleNode.started(consensus(), state);
    assertEquals(Map.of(), node.allocator.list());
    assertEquals("idle", node.allocator.status().status());
    assertTrue(node.lastStored().ring().isEmpty());
    assertEquals(SingleNode.SELF, node.lastStored().self());
  }

  @Test
  void aRestartedElectorIsTheSameAcceptor() {
    SingleNode voting = SingleNode.started(consensus(), null);
    voting.allocate("a");
    PersistedState before = voting.lastStored();
    SingleNode again = SingleNode.started(consensus(), before);
    again.allocate("a");
    PersistedState after = again.lastStored();
    assertEquals(new IpamStatus.Bootstrap(true, 1, 2), again.allocator.status().paxos());
    assertEquals(before.paxos().map(PaxosMemory::uid), after.paxos().map(PaxosMemory::uid));
  }
}
