package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.wire.RemoteFeatures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Garbage is looked for only when there can be some, and none is left by that. */
class GarbageTest {
  private static final int PEERS = 12;

  private final List<Integer> registered = new ArrayList<>();
  private long version;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void isNeverLeftAfterAnyEvents(long seed) throws RegistrationException {
    SplittableRandom random = new SplittableRandom(seed);
    Topology topology = new Topology(new PeerName(PEERS + 1), "self", 1, random, new Unheard());
    int removed = 0;
    for (int step = 0; step < 2000; step++) {
      change(topology, random);
      if (random.nextBoolean()) {
        removed += topology.collectGarbage().size();
        assertEquals(
            List.of(),
            Reachability.garbage(topology.table(), topology.self()).stream()
                .map(Peer::name)
                .toList(),
            "seed " + seed + " step " + step);
      }
    }
    assertTrue(removed > 50, "seed " + seed + " makes garbage");
  }

  private void change(Topology topology, SplittableRandom random) throws RegistrationException {
    int number = random.nextInt(1, PEERS + 1);
    PeerName name = new PeerName(number);
    switch (random.nextInt(5)) {
      case 0 -> {
        topology.register(features(name), true, "10.0.0.1:6783");
        registered.add(number);
      }
      case 1 -> {
        if (!registered.isEmpty()) {
          int released = registered.remove(random.nextInt(registered.size()));
          topology.release(new PeerName(released));
        }
      }
      case 2 -> topology.addConnection(name, "10.0.0.1:6783", true);
      case 3 -> topology.removeConnection(name);
      default -> topology.merge(List.of(new RecordUpdate(record(name, random), null)));
    }
  }

  private static RemoteFeatures features(PeerName name) {
    return new RemoteFeatures(name, "peer", 1, 1, null, false, null, Map.of());
  }

  private PeerRecord record(PeerName name, SplittableRandom random) {
    ConnectionList.Builder connections = new ConnectionList.Builder();
    for (int remote = 1; remote <= PEERS + 1; remote++) {
      if (remote != name.value() && random.nextInt(10) == 0) {
        connections.add(remote, "10.0.0.1:6783", true, true);
      }
    }
    return new PeerRecord(name, "peer", 1, ++version, null, connections.build());
  }
}
