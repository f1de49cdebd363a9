package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.gob.GobSamples;
import io.weft.gossip.gob.GobStruct;
import io.weft.gossip.gob.GobWriter;
import io.weft.gossip.wire.MeshMessage;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is passed on of the names of Weave Net's DNS, and whose clock is wrong (mesh.md 5.7). */
class NameserverRelayTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /** The date in the vectors. */
  private static final long DATED_SECONDS = 1_700_000_000;

  private final EventTime time = new EventTime(0, DATED_SECONDS * 1000);
  private final NameserverRelay relay = new NameserverRelay(time, new Counters());

  @ParameterizedTest
  @ValueSource(strings = {"sub-nameserver", "sub-nameserver-empty"})
  void passesOnWhatWeaveNetSendsByteForByte(String vector) throws GossipException {
    byte[] payload = TestVectors.hex(vector);
    GossipData state = relay.onGossip(payload);
    assertNotNull(state);
    assertEquals(List.of(payload), state.encode());
    assertNull(relay.onGossip(payload), "once");
    assertEquals(List.of(payload), relay.onBroadcast(new PeerName(1), payload).encode());
  }

  @ParameterizedTest
  @ValueSource(longs = {-900, 900})
  void takesNamesThatAreDatedAQuarterOfAnHourFromOurClock(long skewSeconds) throws GossipException {
    time.advanceTo(0, (DATED_SECONDS - skewSeconds) * 1000);
    assertNotNull(relay.onGossip(TestVectors.hex("sub-nameserver")));
  }

  @ParameterizedTest
  @ValueSource(longs = {-901, 901, -DATED_SECONDS, 1L << 31})
  void refusesNamesOfAClockThatIsFurtherOff(long skewSeconds) {
    time.advanceTo(0, (DATED_SECONDS - skewSeconds) * 1000);
    byte[] payload = TestVectors.hex("sub-nameserver");
    String reason = "host clock skew of " + skewSeconds + "s exceeds 900s limit";
    assertEquals(reason, refusal(payload));
    PeerName source = new PeerName(1);
    assertEquals(
        reason,
        assertThrows(GossipException.class, () -> relay.onBroadcast(source, payload)).getMessage());
  }

  @Test
  void refusesWhatWouldMakeAnotherRouterCloseTheConnectionToUs() {
    byte[] whole = TestVectors.hex("sub-nameserver");
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertTrue(refusal(cut).startsWith("undecodable DNS gossip: "), () -> hex(cut));
    }
    byte[] range = TestVectors.hex("sub-ipam-range");
    assertEquals("undecodable DNS gossip: ", refusal(range).substring(0, 24));
  }

  @Test
  void aConnectionThatDeliversNamesOfAWrongClockIsClosedAndNobodyElseHearsOfThem() {
    SimulatedNetwork network = new SimulatedNetwork(1);
    SimulatedRouter skewed = network.add(1, SimulatedRouter.Options.NO_DISCOVERY);
    SimulatedRouter middle = network.add(2, SimulatedRouter.Options.NO_DISCOVERY);
    SimulatedRouter behind = network.add(3, SimulatedRouter.Options.NO_DISCOVERY);
    skewed.connectTo(middle);
    behind.connectTo(middle);
    assertTrue(network.await(SOON, () -> middle.reaches(skewed) && middle.reaches(behind)));
    long link = skewed.linksSent().getFirst();

    network.send(link, names(network, 600));
    network.run(SOON);
    assertEquals(1, relayed(middle));
    assertTrue(middle.reaches(skewed));

    network.send(link, names(network, 1200));
    assertTrue(network.await(SOON, () -> !middle.reaches(skewed)));
    assertEquals(1, relayed(middle));
    assertTrue(middle.reaches(behind), "has no part in it");
    assertEquals(1L, middle.mesh().counters().get(MeshMetric.PAYLOADS_REFUSED));
  }

  private static MeshMessage names(SimulatedNetwork network, long skewSeconds) {
    long now = network.nowNanos() / 1_000_000_000;
    GobStruct names =
        GobStruct.builder(GobSamples.DNS).integer("Timestamp", now + skewSeconds).build();
    return new MeshMessage.Gossip(
        NameserverRelay.CHANNEL, new PeerName(1), new GobWriter().write(names).toBytes());
  }

  private static long relayed(SimulatedRouter router) {
    return router.sent().stream()
        .filter(
            m -> m instanceof MeshMessage.Gossip g && g.channel().equals(NameserverRelay.CHANNEL))
        .count();
  }

  private String refusal(byte[] payload) {
    return String.valueOf(
        assertThrows(GossipException.class, () -> relay.onGossip(payload), () -> hex(payload))
            .getMessage());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
