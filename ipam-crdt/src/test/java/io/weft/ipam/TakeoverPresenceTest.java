package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a router says of itself on the channel of takeovers, every half minute. */
final class TakeoverPresenceTest {
  @Test
  void isTheSameForHalfAMinuteAndThenOtherBytesOfTheSameMeaning() throws InvalidAddressException {
    SingleNode node =
        SingleNode.started(
            new BootstrapMode.Seed(List.of(SingleNode.SELF, SingleNode.OTHER)), null);
    int halfMinutes = 56_666_667;
    long startMillis = halfMinutes * 30_000L;
    node.time.advanceTo(0, startMillis);
    byte[] first = presence(node);
    node.time.advanceTo(29_999_000_000L, startMillis + 29_999);
    assertArrayEquals(first, presence(node), "one payload for all neighbours");
    node.time.advanceTo(30_000_000_000L, startMillis + 30_000);
    byte[] second = presence(node);
    assertFalse(Arrays.equals(first, second));
    List<PeerName> self = List.of(SingleNode.SELF);
    assertEquals(
        Optional.of(new TakeoverMessage.Presence(self, halfMinutes)), TakeoverCodec.decode(first));
    assertEquals(
        Optional.of(new TakeoverMessage.Presence(self, halfMinutes + 1)),
        TakeoverCodec.decode(second));
  }

  @Test
  void isTheExampleOfTheProtocol() throws GossipException {
    SingleNode node = SingleNode.started(new BootstrapMode.Observer(), null);
    PeerName other = new PeerName(5);
    node.known.add(other);
    byte[] theirs = TakeoverCodec.encode(new TakeoverMessage.Presence(List.of(other), 0));
    assertNull(node.allocator.takeoverChannel().onGossip(theirs, 0));
    String example = "01 01 0002 000000000001 000000000005 0360aa2a";
    byte[] sent = presence(node);
    assertArrayEquals(HexFormat.of().parseHex(example.replace(" ", "")), sent);
    assertEquals(
        Optional.of(new TakeoverMessage.Presence(List.of(SingleNode.SELF, other), 56_666_666)),
        TakeoverCodec.decode(sent));
  }

  private static byte[] presence(SingleNode node) {
    GossipData state = node.allocator.takeoverChannel().fullState();
    assertNotNull(state);
    return state.encode().getFirst();
  }
}
