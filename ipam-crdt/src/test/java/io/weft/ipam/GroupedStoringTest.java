package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.channel.GossipException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A shell that stores the events of a batch in one go. */
class GroupedStoringTest {
  private final SingleNode node = SingleNode.shared();

  GroupedStoringTest() {
    node.isPostponing = true;
  }

  private void store() {
    Runnable store = node.postponed;
    node.postponed = () -> {};
    store.run();
  }

  @Test
  void requestsOfABatchAreStoredOnceAndAnsweredAfterThat() throws IpamException {
    Answer first = node.allocate("a");
    Answer second = node.allocate("b");
    Answer third = node.claim("c", "10.32.0.9/24");
    node.allocator.release("b");
    node.allocator.afterStoring(() -> node.events.add("released"));
    assertTrue(first.isPending() && second.isPending() && third.isPending());
    assertEquals(List.of(), node.events);
    store();
    assertEquals(List.of("store", "reply", "reply", "released"), node.events);
    assertEquals(List.of("a", "c"), List.copyOf(node.lastStored().owned().keySet()));
    store();
    assertEquals(4, node.events.size(), "there is nothing more to store");
  }

  @Test
  void aMessageFromAPeerStoresWhatWasPostponedAtOnce() throws GossipException {
    Answer answer = node.allocate("a");
    node.allocator.onBroadcast(
        SingleNode.OTHER, GossipStateCodec.encode(new GossipState(1, Map.of(), null, null)));
    assertEquals("10.32.0.1/24", answer.cidr().toString());
    assertEquals("store", node.events.getFirst());
    node.events.clear();
    store();
    assertEquals(List.of(), node.events);
  }

  @Test
  void anOrderlyStopStoresWhatWasPostponed() {
    Answer answer = node.allocate("a");
    node.allocator.close();
    assertEquals("10.32.0.1/24", answer.cidr().toString());
    assertTrue(node.lastStored().isClean());
    assertEquals(List.of("a"), List.copyOf(node.lastStored().owned().keySet()));
    store();
  }

  @Test
  void nothingIsAnsweredWhenTheStateCannotBeStored() {
    Answer answer = node.allocate("a");
    node.diskFailure = new UncheckedIOException(new IOException("disk full"));
    assertThrows(UncheckedIOException.class, this::store);
    assertTrue(answer.isPending());
    assertEquals(
        "IP allocation has stopped: its state cannot be stored", node.allocate("b").failure());
  }

  @Test
  void aReplyThatDependsOnNothingUnstoredLeavesAtOnce() {
    boolean[] isDone = new boolean[1];
    node.allocator.afterStoring(() -> isDone[0] = true);
    assertTrue(isDone[0]);
  }
}
