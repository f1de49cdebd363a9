package io.weft.router.forwarding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.overlay.OverlayConnectionEvents;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class OverlaySwitchTest {
  private static final PeerName US = new PeerName(0x7a0000000001L);
  private static final PeerName THEM = new PeerName(0x7a0000000002L);

  private final Counters counters = new Counters();
  private final Map<String, FakeForwarder> forwarders = new HashMap<>();
  private final List<String> events = new ArrayList<>();
  private final List<MeshMessage> sent = new ArrayList<>();
  private int changes;
  private boolean givesWay = true;

  private final OverlayConnectionEvents recorder =
      new OverlayConnectionEvents() {
        @Override
        public void established() {
          events.add("established");
        }

        @Override
        public void failed(String reason) {
          events.add(reason);
        }

        @Override
        public void send(MeshMessage control) {
          sent.add(control);
        }
      };

  @Test
  void choosesAndNumbersTheCommonOverlaysAsTheVectorsSay() throws Exception {
    JsonNode cases;
    try (InputStream in = OverlaySwitchTest.class.getResourceAsStream("overlay-negotiation.json")) {
      cases = new ObjectMapper().readTree(in).get("cases");
    }
    assertEquals(6, cases.size());
    for (JsonNode one : cases) {
      OverlaySwitch overlays = switchOf(one.get("local").asText().split(" ", -1));
      String announced = one.get("peer").asText();
      if (one.get("refused").asBoolean()) {
        OverlayException refused =
            assertThrows(OverlayException.class, () -> prepare(overlays, announced));
        assertEquals("no overlays in common with peer", refused.getMessage());
        continue;
      }
      OverlayConnection connection = prepare(overlays, announced);
      for (Map.Entry<String, JsonNode> index : one.get("indexOf").properties()) {
        connection.onControl(index.getValue().asInt(), 1, new byte[0]);
        assertEquals(List.of("1:[]"), forwarder(index.getKey()).controls, one.toString());
        sent.clear();
        forwarder(index.getKey()).events.sendControl(2, new byte[0]);
        MeshMessage.OverlayControl control = (MeshMessage.OverlayControl) sent.getFirst();
        assertEquals(index.getValue().asInt(), control.index());
      }
      connection.stop();
    }
  }

  @Test
  void announcesItsOverlaysInOrder() {
    Map<String, String> features = new HashMap<>();
    switchOf("fastdp", "sleeve").addFeatures(features);
    assertEquals(Map.of("Overlays", "fastdp sleeve"), features);
  }

  @Test
  void carriesByTheFirstThatIsEstablishedAndElseByTheFirstThatWorks() throws Exception {
    OverlaySwitch overlays = switchOf("fastdp", "sleeve");
    OverlayConnection connection = prepare(overlays, "fastdp sleeve");
    assertTrue(overlays.forwarders().isEmpty(), "not before it is confirmed");
    connection.confirm();
    assertTrue(forwarder("fastdp").confirmed && forwarder("sleeve").confirmed);
    assertOrder(overlays, "fastdp", "sleeve");
    forwarder("sleeve").events.established();
    assertOrder(overlays, "sleeve");
    assertEquals(List.of("established"), events);
    forwarder("fastdp").events.established();
    assertOrder(overlays, "fastdp", "sleeve");
    assertEquals("fastdp", connection.displayName());
    assertEquals(List.of("established"), events, "reported once");
  }

  @Test
  void anOverlayThatGivesWayComesSecondAndKeepsItsNumber() throws Exception {
    List<Overlay> ours = List.of(givingWay("fastdp", "sleeve2"), fake("sleeve2"), fake("sleeve"));
    OverlaySwitch overlays = switchOf(ours, Map.of());
    OverlayConnection connection = prepare(overlays, "fastdp sleeve2 sleeve");
    connection.confirm();
    assertOrder(overlays, "sleeve2", "fastdp", "sleeve");
    connection.onControl(0, 7, new byte[0]);
    assertEquals(List.of("7:[]"), forwarder("fastdp").controls);
    forwarder("fastdp").events.established();
    assertOrder(overlays, "fastdp", "sleeve");
    forwarder("sleeve2").events.established();
    assertOrder(overlays, "sleeve2", "fastdp", "sleeve");
    givesWay = false;
    overlays.reconsider();
    assertOrder(overlays, "fastdp", "sleeve2", "sleeve");
    givesWay = true;
    overlays.reconsider();
    assertOrder(overlays, "sleeve2", "fastdp", "sleeve");
    forwarder("sleeve2").events.healthy(false);
    assertOrder(overlays, "fastdp", "sleeve");
    connection.stop();
    prepare(overlays, "fastdp sleeve").confirm();
    assertOrder(overlays, "fastdp", "sleeve");
  }

  @Test
  void leavesAnOverlayOnHoldUntilItIsHealthyAgain() throws Exception {
    OverlaySwitch overlays = switchOf("fastdp", "sleeve");
    prepare(overlays, "fastdp sleeve").confirm();
    forwarder("fastdp").events.established();
    forwarder("sleeve").events.established();
    forwarder("fastdp").events.healthy(false);
    assertOrder(overlays, "sleeve");
    forwarder("fastdp").events.healthy(true);
    assertOrder(overlays, "fastdp", "sleeve");
    assertEquals(1, counters.get(Counter.OVERLAY_HOLDS));
  }

  @Test
  void endsTheConnectionWhenNoOverlayIsLeft() throws Exception {
    OverlaySwitch overlays = switchOf("fastdp", "sleeve");
    OverlayConnection connection = prepare(overlays, "fastdp sleeve");
    connection.confirm();
    forwarder("fastdp").events.failed("key set-up");
    assertOrder(overlays, "sleeve");
    assertEquals(List.of(), events);
    forwarder("sleeve").events.failed("silence");
    assertEquals(List.of("no working forwarders to " + THEM + "(two)"), events);
    assertEquals(2, counters.get(Counter.OVERLAY_FAILURES));
    connection.stop();
    assertTrue(overlays.forwarders().isEmpty());
    assertTrue(forwarder("fastdp").stopped && forwarder("sleeve").stopped);
    forwarder("sleeve").events.established();
    assertEquals(1, events.size(), "nothing is reported after the end");
  }

  @Test
  void keepsTheIndexOfAnOverlayThatCannotServe() throws Exception {
    OverlaySwitch overlays = switchOf(List.of(refusing("fastdp"), fake("sleeve")), Map.of());
    OverlayConnection connection = prepare(overlays, "fastdp sleeve");
    assertEquals(1, counters.get(Counter.OVERLAY_FAILURES));
    connection.onControl(0, 7, new byte[0]);
    connection.onControl(1, 7, new byte[0]);
    assertEquals(List.of("7:[]"), forwarder("sleeve").controls);
    assertEquals(1, counters.get(Counter.OVERLAY_CONTROL_IGNORED));
    OverlaySwitch none = switchOf(List.of(refusing("sleeve")), Map.of());
    assertThrows(OverlayException.class, () -> prepare(none, "sleeve"));
  }

  @Test
  void ignoresControlMessagesThatNameNoOverlay() throws Exception {
    OverlayConnection connection = prepare(switchOf("sleeve"), "sleeve");
    connection.onControl(1, 1, new byte[0]);
    connection.onControl(255, 1, new byte[0]);
    connection.onLegacyControl(1, new byte[0]);
    assertEquals(List.of(), forwarder("sleeve").controls);
    assertEquals(3, counters.get(Counter.OVERLAY_CONTROL_IGNORED));
  }

  @Test
  void usesOnlySleeveAndBareTagsTowardAPeerThatAnnouncesNothing() throws Exception {
    OverlayConnection connection = prepare(switchOf("fastdp", "sleeve"), null);
    assertFalse(forwarders.containsKey("fastdp"));
    connection.onLegacyControl(3, new byte[] {5, 0x1e});
    connection.onControl(0, 1, new byte[0]);
    assertEquals(List.of("3:[5, 30]"), forwarder("sleeve").controls);
    forwarder("sleeve").events.sendControl(1, new byte[0]);
    assertEquals(1, ((MeshMessage.LegacyOverlayControl) sent.getFirst()).tag());
    assertThrows(OverlayException.class, () -> prepare(switchOf("sleeve"), ""));
  }

  @Test
  void runsTheTimersOfItsForwarders() throws Exception {
    OverlaySwitch overlays = switchOf("fastdp", "sleeve");
    assertEquals(Timed.NEVER, overlays.nextDeadlineNanos());
    OverlayConnection connection = prepare(overlays, "fastdp sleeve");
    forwarder("fastdp").deadlineNanos = 70;
    forwarder("sleeve").deadlineNanos = 60;
    assertEquals(60, overlays.nextDeadlineNanos());
    overlays.onTime();
    assertEquals(1, forwarder("sleeve").timerRuns);
    forwarder("sleeve").events.failed("silence");
    assertEquals(70, overlays.nextDeadlineNanos());
    connection.stop();
    assertEquals(Timed.NEVER, overlays.nextDeadlineNanos());
  }

  @Test
  void aConnectionThatLostItsTieDoesNotRemoveTheOneThatWon() throws Exception {
    OverlaySwitch overlays = switchOf("sleeve");
    OverlayConnection winner = prepare(overlays, "sleeve");
    winner.confirm();
    FakeForwarder kept = forwarder("sleeve");
    OverlayConnection loser = prepare(overlays, "sleeve");
    loser.stop();
    assertEquals(Map.of(THEM, List.of(kept)), overlays.forwarders());
  }

  private void assertOrder(OverlaySwitch overlays, String... names) {
    assertTrue(changes > 0, "the change was announced");
    List<Forwarder> order = overlays.forwarders().getOrDefault(THEM, List.of());
    assertEquals(Arrays.asList(names), order.stream().map(Forwarder::displayName).toList());
  }

  private FakeForwarder forwarder(String name) {
    FakeForwarder forwarder = forwarders.get(name);
    if (forwarder == null) {
      throw new AssertionError("no forwarder of " + name + " was made");
    }
    return forwarder;
  }

  private OverlaySwitch switchOf(String... names) {
    List<Overlay> overlays = Arrays.stream(names).map(this::fake).toList();
    return switchOf(overlays, Map.of());
  }

  private OverlaySwitch switchOf(List<Overlay> overlays, Map<String, String> notOffered) {
    return new OverlaySwitch(overlays, notOffered, () -> changes++, counters);
  }

  private OverlayConnection prepare(OverlaySwitch overlays, @Nullable String announced)
      throws OverlayException {
    RemoteFeatures features = new RemoteFeatures(THEM, "two", 1, 2, 3, false, announced, Map.of());
    InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 6783);
    return overlays.prepare(
        new ForwarderParameters(US, THEM, 9, null, true, here, here, features), recorder);
  }

  private Overlay fake(String name) {
    return new Overlay() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Forwarder prepare(ForwarderParameters parameters, ForwarderEvents forwarderEvents) {
        FakeForwarder forwarder = new FakeForwarder(name, forwarderEvents);
        forwarders.put(name, forwarder);
        return forwarder;
      }
    };
  }

  private Overlay givingWay(String name, String better) {
    Overlay plain = fake(name);
    return new Overlay() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public boolean givesWay(String other, RemoteFeatures features) {
        return givesWay && other.equals(better);
      }

      @Override
      public Forwarder prepare(ForwarderParameters parameters, ForwarderEvents forwarderEvents)
          throws OverlayException {
        return plain.prepare(parameters, forwarderEvents);
      }
    };
  }

  private static Overlay refusing(String name) {
    return new Overlay() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Forwarder prepare(ForwarderParameters parameters, ForwarderEvents forwarderEvents)
          throws OverlayException {
        throw new OverlayException("not over IPv6");
      }
    };
  }
}
