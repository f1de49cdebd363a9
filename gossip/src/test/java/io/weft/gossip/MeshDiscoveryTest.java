package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.SimulatedRouter.Options;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.topology.Unheard;
import io.weft.gossip.wire.AddressText;
import io.weft.gossip.wire.MeshMessage;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Addresses that we know from the connections of others (mesh.md 6.2, 9.1). */
class MeshDiscoveryTest {
  private static final Duration SOON = Duration.ofSeconds(1);

  private final ScriptedShell shell = new ScriptedShell(Options.USUAL.plain());
  private final Topology neighbour =
      new Topology(
          new PeerName(2),
          "host2",
          22,
          RandomGeneratorFactory.getDefault().create(2),
          new Unheard());

  private void neighbourIsConnected(int peer, String address, boolean outbound) {
    neighbour.addConnection(new PeerName(peer), address, outbound);
    byte[] payload = neighbour.encode(List.of(new PeerName(2))).getFirst();
    shell.mesh().onMessage(7, new MeshMessage.Gossip("topology", new PeerName(2), payload));
    shell.run(SOON);
  }

  private Set<String> dialled() {
    return shell.dialled().values().stream().map(AddressText::of).collect(Collectors.toSet());
  }

  @Test
  void dialsTheAddressThatSomebodyHasDialledAndOurOwnPortOfWhoeverDialledSomebody() {
    shell.accept(7, 2, 22, 1);
    neighbourIsConnected(1, "10.0.0.1:6783", true);
    assertEquals(Set.of(), dialled(), "that is ourselves");
    neighbourIsConnected(3, "10.0.0.3:7000", true);
    neighbourIsConnected(4, "10.0.0.4:51234", false);
    assertEquals(Set.of("10.0.0.3:7000", "10.0.0.4:6783"), dialled());
  }

  @Test
  void aDiscoveredAddressMustLeadToAPeerThatIsKnown() {
    shell.accept(7, 2, 22, 1);
    neighbourIsConnected(3, "10.0.0.3:6783", true);
    long link = shell.dialled().keySet().iterator().next();
    shell.answer(link, 9, 99);
    assertEquals(
        "Found unknown remote name: 00:00:00:00:00:09 at 10.0.0.3:6783", shell.closed().get(link));
    neighbourIsConnected(4, "10.0.0.4:6783", true);
    long other = link + 1;
    shell.answer(other, 4, 44);
    assertNull(shell.closed().get(other));
    assertTrue(shell.reading().contains(other));
  }

  @Test
  void anAddressThatTheOperatorGivesTooMayLeadToAnybody() {
    shell.accept(7, 2, 22, 1);
    neighbourIsConnected(3, "10.0.0.3:6783", true);
    long link = shell.dialled().keySet().iterator().next();
    Target target = new Target("host3", List.of(SimulatedNetwork.address(3)), false);
    shell.mesh().connect(List.of(target), false);
    shell.answer(link, 9, 99);
    assertTrue(shell.reading().contains(link));
  }

  @Test
  void forgottenTargetsAreTriedOnOnlyWhereOthersHaveThemConnected() {
    shell.accept(7, 2, 22, 1);
    Target kept = new Target("host3", List.of(SimulatedNetwork.address(3)), false);
    Target lost = new Target("host4", List.of(SimulatedNetwork.address(4)), false);
    shell.mesh().connect(List.of(kept, lost), false);
    neighbourIsConnected(3, "10.0.0.3:6783", true);
    shell.mesh().forget(List.of("host3", "host4"));
    for (long link : List.copyOf(shell.dialled().keySet())) {
      shell.mesh().onDialFailed(link, "connection refused");
    }
    shell.run(Duration.ofSeconds(4));
    assertEquals(
        List.of("10.0.0.3:6783"),
        shell.dialled().values().stream().skip(2).map(AddressText::of).toList());
  }
}
