package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.weft.gossip.SimulatedRouter.Options;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.topology.Unheard;
import io.weft.gossip.wire.MeshMessage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** A second connection to a peer that there is one to already (mesh.md 6.6, 6.7, 8.6). */
class MeshTiesTest {
  private static final String MULTIPLE =
      "Multiple connections to 00:00:00:00:00:02(host2) added to 00:00:00:00:00:01(one)";
  private static final long LOW = 1;
  private static final long HIGH = Long.MIN_VALUE;

  private final ScriptedShell shell = new ScriptedShell(Options.NO_DISCOVERY.plain());

  @Test
  void theLowerUnsignedConnectionIdStaysWhicheverCameFirst() {
    shell.accept(7, 2, 22, LOW);
    shell.accept(8, 2, 22, HIGH);
    assertEquals(Map.of(8L, MULTIPLE), shell.closed());
    assertEquals(List.of(7L), shell.reading());

    shell.accept(9, 2, 22, LOW - 1);
    assertEquals(Map.of(8L, MULTIPLE, 7L, MULTIPLE), shell.closed());
    assertEquals(List.of(7L, 9L), shell.reading());
    assertEquals(1, shell.mesh().connections().size());
  }

  @Test
  void twoOfTheSameIdBothEnd() {
    shell.accept(7, 2, 22, LOW);
    shell.accept(8, 2, 22, LOW);
    assertEquals(Map.of(7L, MULTIPLE, 8L, MULTIPLE), shell.closed());
    assertEquals(List.of(), shell.mesh().connections());
    shell.run(Duration.ofSeconds(2));
    assertEquals(1, shell.mesh().peers().size(), "nobody leads to the peer any more");
  }

  @Test
  void thePlaceOfTheOneThatEndsIsThereForTheOneThatStays() {
    ScriptedShell limited =
        new ScriptedShell(new Options(false, /* connectionLimit= */ 1, false, List.of()).plain());
    limited.accept(7, 2, 22, HIGH);
    limited.accept(8, 2, 22, LOW);
    assertEquals(Map.of(7L, MULTIPLE), limited.closed());
    limited.accept(9, 3, 33, LOW);
    assertEquals("Connection limit reached (1)", limited.closed().get(9L));
    assertEquals(List.of(7L, 8L), limited.reading());
  }

  @Test
  void tellsEverythingToNewAndRestartedPeersAndToNoOther() {
    shell.accept(7, 2, 22, HIGH);
    assertNotEquals(0, shell.topologies(7), "a new peer");
    shell.establish();
    peerTwoSaysThatItWorks(7, 22);
    shell.run(Duration.ofSeconds(2));

    shell.accept(8, 2, 22, LOW);
    assertEquals(0, shell.topologies(8), "it was in reach already");
    shell.accept(9, 2, 23, HIGH);
    assertNotEquals(0, shell.topologies(9), "it has forgotten what it knew");
    assertEquals("peer restarted", shell.closed().get(8L));
  }

  private void peerTwoSaysThatItWorks(long link, long uid) {
    Topology topology =
        new Topology(
            new PeerName(2),
            "host2",
            uid,
            RandomGeneratorFactory.getDefault().create(2),
            new Unheard());
    topology.addConnection(new PeerName(1), "10.0.0.1:6783", true);
    topology.establishConnection(new PeerName(1));
    byte[] payload = topology.encode(topology.names()).getFirst();
    shell.mesh().onMessage(link, new MeshMessage.Gossip("topology", new PeerName(2), payload));
  }
}
