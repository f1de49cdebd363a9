package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weft.gossip.PeerName;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.topology.TestRoutes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the kernel is told when a neighbour's router dies and comes back. */
final class ForwardingStateTest {
  private static final PeerName SELF = new PeerName(1);
  private static final PeerName OTHER = new PeerName(2);
  private static final int OWN_ID = 100;
  private static final int OTHER_ID = 200;
  private static final int LATER_ID = 300;
  private static final int ADDRESS = 0xc0000202;
  private static final long SECOND = 1_000_000_000;
  private static final Hop HOP = Hop.vxlan(1_376, 7, ADDRESS, 0xc0000201);

  private final Map<Integer, Hop> hops = new HashMap<>();
  private final Map<Integer, Tree> trees = new HashMap<>();
  private final Map<Integer, Integer> routes = new HashMap<>();
  private final ForwardingState state = new ForwardingState(new Recorded());
  private final Routes together = TestRoutes.full(SELF, OTHER);

  @Test
  void aBroadcastStaysInTheKernelWhileRoutesStillLeadToAConnectionThatHasEnded() {
    state.update(input(OTHER_ID, together, true), SECOND);
    assertEquals(new Tree(List.of(OTHER_ID), false), trees.get(OWN_ID));
    // The connection and the peer are gone; routes are computed anew some time later.
    state.update(input(null, together, false), 2 * SECOND);
    assertEquals(new Tree(List.of(OTHER_ID), false), trees.get(OWN_ID), "no copy for user space");
    assertEquals(HOP, hops.get(OTHER_ID));
    state.update(input(null, Routes.alone(SELF), false), 3 * SECOND);
    assertEquals(new Tree(List.of(OTHER_ID), false), trees.get(OWN_ID));
    assertEquals(Layout.ROUTE_VIA | OTHER_ID, routes.get(OTHER_ID));
  }

  @Test
  void aNeighbourWithoutAShortIdGetsItsCopyFromUserSpace() {
    state.update(input(null, together, true), SECOND);
    assertEquals(new Tree(List.of(), true), trees.get(OWN_ID));
  }

  @Test
  void aNeighbourThatIsBackUnderAnotherShortIdIsNotKeptUnderTheFormer() {
    state.update(input(OTHER_ID, together, true), SECOND);
    state.update(input(null, Routes.alone(SELF), false), 2 * SECOND);
    assertNotNull(hops.get(OTHER_ID), "kept while it is away");
    state.update(input(LATER_ID, together, true), 3 * SECOND);
    assertEquals(HOP, hops.get(LATER_ID));
    assertNull(hops.get(OTHER_ID), "its router is here");
    assertEquals(new Tree(List.of(LATER_ID), false), trees.get(OWN_ID), "one copy");
  }

  @Test
  void aWidthThatWasShownIsKeptWhileTheNextConnectionHasNotShownItsOwn() {
    Hop wide = Hop.vxlan(1_450, 7, ADDRESS, 0xc0000201);
    state.update(carriedBy(wide, false), SECOND);
    state.update(input(null, Routes.alone(SELF), false), 2 * SECOND);
    state.update(carriedBy(HOP, true), 3 * SECOND);
    assertEquals(wide, hops.get(OTHER_ID), "frames of that width go on in the kernel");
    state.update(carriedBy(HOP, false), 4 * SECOND);
    assertEquals(HOP, hops.get(OTHER_ID), "the way is not as wide any more");
    state.update(carriedBy(wide, true), 5 * SECOND);
    assertEquals(wide, hops.get(OTHER_ID));
    state.update(carriedBy(Hop.PUNT, true), 6 * SECOND);
    assertEquals(Hop.PUNT, hops.get(OTHER_ID), "another overlay carries");
  }

  @Test
  void whoDoesNotComeBackIsForgottenInTheEnd() {
    state.update(input(OTHER_ID, together, true), SECOND);
    state.update(input(null, Routes.alone(SELF), false), 2 * SECOND);
    state.update(
        input(null, Routes.alone(SELF), false), 2 * SECOND + FastdpProtocol.RETENTION_NANOS);
    assertFalse(hops.containsKey(OTHER_ID));
    assertEquals(new Tree(List.of(), false), trees.get(OWN_ID));
  }

  private static ForwardingInput input(
      @Nullable Integer shortId, Routes routes, boolean connected) {
    SortedMap<Integer, PeerName> peers = new TreeMap<>(Map.of(OWN_ID, SELF));
    if (shortId != null) {
      peers.put(shortId, OTHER);
    }
    Map<PeerName, ForwardingInput.Neighbour> neighbours =
        connected
            ? Map.of(OTHER, new ForwardingInput.Neighbour(HOP, ADDRESS, false, false))
            : Map.of();
    return new ForwardingInput(peers, routes, neighbours);
  }

  private ForwardingInput carriedBy(Hop best, boolean mayBeWider) {
    return new ForwardingInput(
        new TreeMap<>(Map.of(OWN_ID, SELF, OTHER_ID, OTHER)),
        together,
        Map.of(OTHER, new ForwardingInput.Neighbour(best, ADDRESS, false, mayBeWider)));
  }

  /** Remembers what the kernel would have now. */
  private final class Recorded implements KernelTables {
    @Override
    public void putRoute(int destination, int route) {
      routes.put(destination, route);
    }

    @Override
    public void putHop(int neighbour, Hop hop) {
      hops.put(neighbour, hop);
    }

    @Override
    public void removeHop(int neighbour) {
      hops.remove(neighbour);
    }

    @Override
    public void putTree(int source, Tree tree) {
      trees.put(source, tree);
    }

    @Override
    public void removeTree(int source) {
      trees.remove(source);
    }

    @Override
    public void putSource(int address, int neighbour) {}

    @Override
    public void removeSource(int address) {}
  }
}
