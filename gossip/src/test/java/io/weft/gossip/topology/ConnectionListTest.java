package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packed connections against a sorted map of them. */
class ConnectionListTest {
  private static final List<String> ADDRESSES =
      List.of(
          "10.0.0.1:6783",
          "0.0.0.0:0",
          "255.255.255.255:65535",
          "010.0.0.1:6783",
          "10.0.0.1:06783",
          "256.0.0.1:6783",
          "10.0.0.1:65536",
          "10.0.0.1:6783 ",
          "10.0.0:6783",
          "10.0.0.1",
          "[fe80::1]:6783",
          "host:6783",
          "999999999999:1",
          "");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void holdsWhatASortedMapHoldsThroughAnyEdits(long seed) {
    RandomGenerator random = RandomGeneratorFactory.getDefault().create(seed);
    SortedMap<PeerName, Connection> expected = new TreeMap<>();
    ConnectionList list = ConnectionList.NONE;
    for (int step = 0; step < 400; step++) {
      ConnectionList before = list;
      SortedMap<PeerName, Connection> expectedBefore = new TreeMap<>(expected);
      Connection connection = connection(random);
      if (random.nextInt(3) == 0) {
        expected.remove(connection.remote());
        list = list.without(connection.remote());
      } else {
        expected.put(connection.remote(), connection);
        list = list.with(connection);
      }
      assertEquals(List.copyOf(expected.values()), list.toList(), "seed " + seed);
      assertEquals(expected.get(connection.remote()), list.get(connection.remote()));
      long[] changed =
          expectedBefore.equals(expected) ? new long[0] : new long[] {connection.remote().value()};
      assertArrayEquals(changed, list.changesSince(before), "seed " + seed);
    }
    assertTrue(list.size() > 5);
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6, 7, 8})
  void becomesAnyOtherListByTheirDifferences(long seed) {
    RandomGenerator random = RandomGeneratorFactory.getDefault().create(seed);
    for (int round = 0; round < 100; round++) {
      ConnectionList from = ConnectionList.of(connections(random));
      ConnectionList to = ConnectionList.of(connections(random));
      List<Connection> changed = new ArrayList<>();
      List<Long> removed = new ArrayList<>();
      for (long name : to.changesSince(from)) {
        Connection now = to.get(new PeerName(name));
        if (now == null) {
          removed.add(name);
        } else {
          changed.add(now);
        }
      }
      long[] gone = removed.stream().mapToLong(Long::longValue).toArray();
      ConnectionList patched = from.patched(ConnectionList.of(changed), gone);
      assertEquals(to.toList(), patched.toList(), "seed " + seed);
    }
  }

  @Test
  void keepsTheLastOfSeveralConnectionsToOnePeer() {
    Connection first = new Connection(new PeerName(9), "10.0.0.1:1", true, true);
    Connection other = new Connection(new PeerName(3), "host:1", true, false);
    Connection last = new Connection(new PeerName(9), "10.0.0.2:2", false, false);
    assertEquals(List.of(other, last), ConnectionList.of(List.of(first, other, last)).toList());
  }

  @Test
  void findsNothingInNoConnections() {
    assertNull(ConnectionList.NONE.get(new PeerName(1)));
    assertEquals(0, ConnectionList.NONE.weight());
  }

  @Test
  void packsAddressesOnlyWhenTheyReadTheSameAgain() {
    for (String address : ADDRESSES) {
      long packed = Ipv4Text.parse(address);
      assertEquals(ADDRESSES.indexOf(address) < 3, packed >= 0, address);
      if (packed >= 0) {
        assertEquals(address, Ipv4Text.format(packed));
      }
    }
  }

  private static List<Connection> connections(RandomGenerator random) {
    List<Connection> connections = new ArrayList<>();
    int count = random.nextInt(30);
    for (int i = 0; i < count; i++) {
      connections.add(connection(random));
    }
    return connections;
  }

  private static Connection connection(RandomGenerator random) {
    long name = random.nextInt(20) == 0 ? (1L << 48) - 1 : 1 + random.nextInt(30);
    return new Connection(
        new PeerName(name),
        ADDRESSES.get(random.nextInt(ADDRESSES.size())),
        random.nextBoolean(),
        random.nextBoolean());
  }
}
