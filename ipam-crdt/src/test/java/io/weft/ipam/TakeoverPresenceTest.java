package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.weft.gossip.channel.GossipData;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a router says of itself on the channel of takeovers, every half minute. */
final class TakeoverPresenceTest {
  @Test
  void changesWithTimeSoThatRelaysLetItThroughAgain() throws InvalidAddressException {
    SingleNode node =
        SingleNode.started(
            new BootstrapMode.Seed(List.of(SingleNode.SELF, SingleNode.OTHER)), null);
    byte[] first = presence(node);
    node.time.advanceTo(29_000_000_000L, node.time.unixMillis());
    assertArrayEquals(first, presence(node), "one payload for all neighbours");
    node.time.advanceTo(30_000_000_000L, node.time.unixMillis() + 30_000);
    byte[] second = presence(node);
    assertFalse(Arrays.equals(first, second));
    for (byte[] payload : List.of(first, second)) {
      assertEquals(
          Optional.of(new TakeoverMessage.Presence(List.of(SingleNode.SELF))),
          TakeoverCodec.decode(payload));
    }
  }

  private static byte[] presence(SingleNode node) {
    GossipData state = node.allocator.takeoverChannel().fullState();
    assertNotNull(state);
    return state.encode().getFirst();
  }
}
