package io.weft.router.forwarding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.overlay.OverlayConnectionEvents;
import io.weft.gossip.wire.Extensions;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.router.metrics.Counters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Why a connection is not on its best path, as status says it. */
final class PathReasonsTest {
  private static final Map<String, String> WEFT = Map.of(Extensions.KEY, Extensions.VALUE);
  private static final Map<String, String> WEAVE_NET = Map.of();

  private final FakeOverlay fastdp = new FakeOverlay("fastdp");
  private final FakeOverlay sleeve2 = new FakeOverlay("sleeve2");
  private final FakeOverlay sleeve = new FakeOverlay("sleeve");

  @Test
  void theBestPathNeedsNoReason() throws Exception {
    OverlayConnection connection = connect("fastdp sleeve2 sleeve", WEFT);
    establish(fastdp, sleeve2, sleeve);
    assertReason("", connection);
  }

  @Test
  void eachBetterPathSaysWhatIsWrongWithIt() throws Exception {
    OverlayConnection connection = connect("fastdp sleeve2 sleeve", WEFT);
    establish(sleeve);
    fastdp.forwarder().complaint = "fastdp-no-heartbeat";
    sleeve2.forwarder().complaint = "sleeve2-no-keys";
    assertReason("fastdp-no-heartbeat,sleeve2-no-keys", connection);
    establish(sleeve2);
    assertReason("fastdp-no-heartbeat", connection);
  }

  @Test
  void aPathThatSaysNothingHasNotShownThatItWorks() throws Exception {
    OverlayConnection connection = connect("sleeve2 sleeve", WEFT, "fastdp-kernel-has-no-esp");
    establish(sleeve);
    assertReason("fastdp-kernel-has-no-esp,sleeve2-not-acknowledged", connection);
    establish(sleeve2);
    assertReason("fastdp-kernel-has-no-esp", connection);
  }

  @Test
  void aPathThatFailedGivesItsWordAndForFreeTextTheLogHasMore() throws Exception {
    OverlayConnection connection = connect("fastdp sleeve2 sleeve", WEFT);
    establish(sleeve);
    fastdp.forwarder().events.failed("fastdp-esp-inbound");
    sleeve2.forwarder().events.failed("sleeve2: Network is unreachable");
    assertReason("fastdp-esp-inbound,sleeve2-failed", connection);
  }

  @Test
  void aPathThatCannotServeAConnectionSaysWhy() throws Exception {
    fastdp.refusal = "fastdp-peer-has-no-short-id";
    sleeve2.refusal = "Fastdp_of another overlay";
    OverlayConnection connection = connect("fastdp sleeve2 sleeve", WEFT);
    establish(sleeve);
    assertReason("fastdp-peer-has-no-short-id,sleeve2-failed", connection);
  }

  @Test
  void whatWeDoNotOfferHasOurReasonWhateverThePeerOffers() throws Exception {
    for (String announced : List.of("fastdp sleeve2 sleeve", "sleeve2 sleeve")) {
      OverlayConnection connection = connect("sleeve2 sleeve", announced, WEFT, Map.of());
      establish(sleeve2, sleeve);
      assertReason("fastdp-switched-off-here", connection);
    }
  }

  @Test
  void whatThePeerDoesNotOfferIsSaidToBeItsAffair() throws Exception {
    OverlayConnection connection = connect("sleeve", WEFT);
    establish(sleeve);
    assertReason("fastdp-not-offered-by-peer,sleeve2-not-offered-by-peer", connection);
  }

  @Test
  void nobodyMissesSleeve2TowardAWeaveNetRouter() throws Exception {
    OverlayConnection connection = connect("sleeve", WEAVE_NET);
    establish(sleeve);
    assertReason("fastdp-not-offered-by-peer", connection);
    connection = connect("fastdp sleeve", WEAVE_NET);
    establish(fastdp, sleeve);
    assertReason("", connection);
    connection = connect("sleeve", "sleeve", WEAVE_NET, Map.of());
    establish(sleeve);
    assertReason("fastdp-switched-off-here", connection);
    connection = connect(null, WEAVE_NET);
    establish(sleeve);
    assertReason("fastdp-not-offered-by-peer", connection);
  }

  @Test
  void sleeve2BeforeARoutersOwnVxlanIsNotTheBestThatThereCouldBe() throws Exception {
    fastdp.givesWayTo = "sleeve2";
    OverlayConnection connection = connect("fastdp sleeve2 sleeve", WEFT);
    establish(fastdp, sleeve2, sleeve);
    assertReason("fastdp-not-in-kernel-here", connection);
    sleeve2.forwarder().events.healthy(false);
    sleeve2.forwarder().complaint = "sleeve2-no-answer";
    assertReason("sleeve2-no-answer", connection);
    fastdp.forwarder().events.healthy(false);
    fastdp.forwarder().complaint = "fastdp-no-heartbeat";
    assertReason("fastdp-no-heartbeat,sleeve2-no-answer", connection);
    sleeve2.forwarder().events.healthy(true);
    fastdp.forwarder().events.failed("fastdp-kernel-has-no-esp");
    assertReason("fastdp-kernel-has-no-esp", connection);
  }

  private static void assertReason(String expected, OverlayConnection connection) {
    assertEquals(expected, connection.attributes().getOrDefault("reason", ""));
  }

  private static void establish(FakeOverlay... overlays) {
    for (FakeOverlay overlay : overlays) {
      overlay.forwarder().events.established();
    }
  }

  /** We offer everything. */
  private OverlayConnection connect(@Nullable String announced, Map<String, String> features)
      throws Exception {
    return connect("fastdp sleeve2 sleeve", announced, features, Map.of());
  }

  /** We offer everything but fastdp. */
  private OverlayConnection connect(
      String announced, Map<String, String> features, String whyNotFastdp) throws Exception {
    return connect("sleeve2 sleeve", announced, features, Map.of("fastdp", whyNotFastdp));
  }

  private OverlayConnection connect(
      String ours,
      @Nullable String announced,
      Map<String, String> features,
      Map<String, String> notOffered)
      throws Exception {
    List<Overlay> offered =
        Stream.of(fastdp, sleeve2, sleeve)
            .filter(overlay -> List.of(ours.split(" ", -1)).contains(overlay.name))
            .<Overlay>map(overlay -> overlay)
            .toList();
    OverlaySwitch overlays = new OverlaySwitch(offered, notOffered, () -> {}, new Counters());
    PeerName them = new PeerName(0x7a0000000002L);
    InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 6783);
    OverlayConnection connection =
        overlays.prepare(
            new ForwarderParameters(
                new PeerName(0x7a0000000001L),
                them,
                9,
                null,
                true,
                here,
                here,
                new RemoteFeatures(them, "two", 1, 2, 3, false, announced, features)),
            new Unheard());
    connection.confirm();
    return connection;
  }

  /** What becomes of the connection is another test's affair. */
  private static final class Unheard implements OverlayConnectionEvents {
    @Override
    public void established() {}

    @Override
    public void failed(String reason) {}

    @Override
    public void send(MeshMessage control) {}
  }
}
