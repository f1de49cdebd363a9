package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What peers send about takeovers, as one message and as a sequence of them, each behind a byte
 * with its length, while we ask for the space of an owner that is gone. Whatever comes, a message
 * that is read is written as it was, nobody who is present loses space, and votes can be stored.
 */
public final class TakeoverFuzzTarget {
  private static final PeerName GONE = new PeerName(3);

  private TakeoverFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    SingleNode node =
        SingleNode.started(
            new BootstrapMode.Seed(List.of(SingleNode.SELF, SingleNode.OTHER, GONE)), null);
    node.known.add(SingleNode.OTHER);
    node.allocator.connectTakeovers(node);
    node.pass(11);
    List<AddressRange> others = node.lastStored().ring().rangesOf(SingleNode.OTHER);
    try {
      node.allocator.agreedTakeover(GONE.toString(), result -> {});
    } catch (IpamException e) {
      throw new AssertionError(e);
    }
    receive(node, input);
    int next = 0;
    while (next < input.length) {
      int end = Math.min(input.length, next + 1 + (input[next] & 0xff));
      receive(node, Arrays.copyOfRange(input, next + 1, end));
      next = end;
    }
    node.pass(11);
    check(node, others);
  }

  private static void receive(SingleNode node, byte[] payload) {
    Optional<TakeoverMessage> message = TakeoverCodec.decode(payload);
    Optional<TakeoverMessage> again =
        message.flatMap(read -> TakeoverCodec.decode(TakeoverCodec.encode(read)));
    if (!again.equals(message)) {
      throw new AssertionError(message + " is not written as it was read");
    }
    try {
      node.allocator.takeoverChannel().onGossip(payload);
      node.allocator.takeoverChannel().onBroadcast(SingleNode.OTHER, payload);
      node.allocator.takeoverChannel().onUnicast(SingleNode.OTHER, payload);
    } catch (GossipException e) {
      throw new AssertionError("a message about takeovers costs the connection", e);
    }
  }

  private static void check(SingleNode node, List<AddressRange> others) {
    Ring ring = node.lastStored().ring();
    if (ring.violation().isPresent() || !ring.rangesOf(SingleNode.OTHER).equals(others)) {
      throw new AssertionError("a peer that is present has lost space: " + ring);
    }
    try {
      PersistedState again = PersistedState.decode(node.lastStored().encode());
      if (!again.equals(node.lastStored())) {
        throw new AssertionError(node.lastStored() + " is stored as " + again);
      }
    } catch (CorruptStateException e) {
      throw new AssertionError("our own state cannot be read", e);
    }
  }
}
