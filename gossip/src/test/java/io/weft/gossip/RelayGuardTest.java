package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.MessageCodec;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a relay lets through to Weave Net routers behind it (mesh.md 13 S6, S7). */
class RelayGuardTest {
  private static final String ADDRESSES = "IPallocation";
  private static final byte[] RANGE = TestVectors.hex("sub-ipam-range");
  private static final Duration SOON = Duration.ofSeconds(10);

  @ParameterizedTest
  @CsvSource({
    "0,sub-ipam-range",
    "2,sub-ipam-range",
    "1,sub-ipam-state-empty",
    "1,sub-ipam-state-paxos",
    "1,sub-ipam-state-paxos-emptymap",
    "1,sub-ipam-state-paxos-promise",
    "1,sub-ipam-state-ring"
  })
  void letsEveryAllocationMessageOfWeaveNetThrough(byte kind, String vector) {
    assertFalse(isDangerous(ADDRESSES, message(kind, TestVectors.hex(vector))));
  }

  @ParameterizedTest
  @CsvSource({
    "0,sub-ipam-state-ring",
    "1,sub-ipam-range",
    "2,sub-nameserver",
    "1,topology-lone-peer",
    "3,sub-ipam-range",
    "-1,sub-ipam-range"
  })
  void keepsBackWhatIsNotOfItsKind(byte kind, String vector) {
    assertTrue(isDangerous(ADDRESSES, message(kind, TestVectors.hex(vector))));
  }

  @ParameterizedTest
  @ValueSource(bytes = {0, 1, 2})
  void keepsBackEveryMessageCutShort(byte kind) {
    byte[] body = kind == 1 ? TestVectors.hex("sub-ipam-state-paxos") : RANGE;
    for (int length = 0; length < body.length; length++) {
      byte[] cut = message(kind, Arrays.copyOf(body, length));
      assertTrue(isDangerous(ADDRESSES, cut), "cut at " + length);
    }
  }

  @Test
  void keepsBackAMessageWithoutAKindAndAllAboutTheTopology() {
    assertTrue(isDangerous(ADDRESSES, new byte[0]));
    assertTrue(isDangerous("topology", TestVectors.hex("topology-lone-peer")));
  }

  @Test
  void leavesOtherChannelsAndTrailingValuesToTheirOwners() {
    assertFalse(isDangerous("nameserver", new byte[0]));
    assertFalse(isDangerous("x", new byte[] {9}));
    ByteArrayOutputStream extended = new ByteArrayOutputStream();
    extended.writeBytes(message((byte) 0, RANGE));
    extended.writeBytes(new byte[] {1, 2, 3});
    assertFalse(isDangerous(ADDRESSES, extended.toByteArray()));
  }

  @Test
  void aRouterInTheMiddleCountsWhatItKeepsBack() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter one = network.add(1, SimulatedRouter.Options.NO_DISCOVERY);
    SimulatedRouter middle = network.add(2, SimulatedRouter.Options.NO_DISCOVERY);
    SimulatedRouter last = network.add(3, SimulatedRouter.Options.NO_DISCOVERY);
    one.connectTo(middle);
    last.connectTo(middle);
    assertTrue(network.await(SOON, () -> one.reaches(last) && last.reaches(one)));
    long link = one.linksSent().getFirst();
    for (byte[] payload :
        List.of(new byte[0], new byte[] {3}, new byte[] {0}, message((byte) 0, RANGE))) {
      network.send(link, MessageCodec.unicast(ADDRESSES, one.name(), last.name(), payload));
    }
    network.run(SOON);
    long relayed =
        middle.sent().stream().filter(MeshMessage.GossipUnicast.class::isInstance).count();
    assertEquals(1, relayed);
    assertEquals(3L, middle.mesh().counters().get(MeshMetric.UNICASTS_HARMFUL));
  }

  private static boolean isDangerous(String channel, byte[] payload) {
    return RelayGuard.isDangerous(
        MessageCodec.unicast(channel, new PeerName(1), new PeerName(3), payload));
  }

  private static byte[] message(byte kind, byte[] body) {
    byte[] message = new byte[1 + body.length];
    message[0] = kind;
    System.arraycopy(body, 0, message, 1, body.length);
    return message;
  }
}
