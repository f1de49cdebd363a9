package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Topologies that agree by summaries, requests and deltas alone. */
class TopologyDeltaTest {
  /** A topology with its differences and what it has sent. */
  private static final class Side {
    private final Topology topology;
    private final TopologyDelta delta;
    private int wholeRecordsSent;
    private int connectionsSent;

    Side(long name, long uid, long firstVersion) {
      RandomGenerator random = RandomGeneratorFactory.getDefault().create(name);
      topology = new Topology(new PeerName(name), "host" + name, uid, random, new Unheard());
      topology.self().setVersion(firstVersion);
      delta = new TopologyDelta(topology);
    }

    /** Gets everything newer that the other has, as a complete summary leads to. */
    void learnFrom(Side other) throws GossipException {
      DeltaMessage.Summary summary =
          decode(DeltaMessage.Summary.class, other.delta.completeSummary());
      List<PeerVersion> wanted = delta.compare(summary).wanted();
      while (!wanted.isEmpty()) {
        List<PeerVersion> again = new ArrayList<>();
        for (byte[] message : TopologyPayload.all(other.delta.changes(wanted))) {
          DeltaMessage.Delta changes = decode(DeltaMessage.Delta.class, message);
          other.count(changes);
          again.addAll(delta.apply(changes).wanted());
        }
        wanted = again;
      }
    }

    private void count(DeltaMessage.Delta message) {
      for (PeerChange change : message.changes()) {
        wholeRecordsSent += change.isWhole() ? 1 : 0;
        connectionsSent += change.record().connections().size();
      }
    }

    Peer record(Side of) {
      Peer peer = topology.peer(of.topology.self().name());
      assertNotNull(peer);
      return peer;
    }
  }

  private static <T extends DeltaMessage> T decode(Class<T> kind, byte[] bytes)
      throws GossipException {
    return assertInstanceOf(kind, DeltaCodec.decode(bytes, dropped -> {}));
  }

  private static void assertSameRecord(Peer expected, Peer actual, String message) {
    assertEquals(expected.connections().toList(), actual.connections().toList(), message);
    assertEquals(expected.version(), actual.version(), message);
    assertEquals(expected.uid(), actual.uid(), message);
    assertEquals(expected.nickName(), actual.nickName(), message);
    assertEquals(expected.shortId(), actual.shortId(), message);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreeAfterAnyChangesHeardInAnyOrder(long seed) throws GossipException {
    RandomGenerator random = RandomGeneratorFactory.getDefault().create(seed);
    List<Side> sides = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      sides.add(new Side(i, 100 + i, seed % 2 == 0 ? 0 : 1_700_000_000_000L));
    }
    for (int step = 0; step < 2000; step++) {
      Side side = sides.get(random.nextInt(sides.size()));
      switch (random.nextInt(6)) {
        case 0, 1 -> change(side.topology, random);
        case 2 -> side.topology.forgetOldChanges();
        case 3 -> hearPayload(side, sides.get(random.nextInt(sides.size())));
        default -> {
          Side other = sides.get(random.nextInt(sides.size()));
          if (other != side) {
            side.learnFrom(other);
            for (Side owner : sides) {
              Peer known = other.topology.peer(owner.topology.self().name());
              if (owner != side && known != null && !known.isPlaceholder()) {
                assertTrue(
                    Long.compareUnsigned(side.record(owner).version(), known.version()) >= 0);
              }
            }
          }
        }
      }
    }
    for (int round = 0; round < 2; round++) {
      for (Side to : sides) {
        for (Side from : sides) {
          if (to != from) {
            to.learnFrom(from);
          }
        }
      }
    }
    int whole = 0;
    for (Side owner : sides) {
      whole += owner.wholeRecordsSent;
      for (Side side : sides) {
        assertSameRecord(owner.topology.self(), side.record(owner), "seed " + seed);
        assertEquals(owner.delta.digest(), side.delta.digest(), "seed " + seed);
      }
    }
    assertTrue(whole > 0);
  }

  private static void hearPayload(Side to, Side from) throws GossipException {
    if (to != from) {
      for (byte[] payload : from.topology.encode(from.topology.names())) {
        to.topology.merge(payload);
      }
    }
  }

  /** A connection to somebody comes, works, or goes. */
  private static void change(Topology topology, RandomGenerator random) {
    PeerName remote = new PeerName(1000 + random.nextInt(40));
    switch (random.nextInt(3)) {
      case 0 -> topology.removeConnection(remote);
      case 1 -> topology.establishConnection(remote);
      default -> topology.addConnection(remote, "10.0.0.1:" + random.nextInt(5), true);
    }
  }

  @Test
  void sendOnlyWhatHasChangedSinceTheRecordThatTheOtherHas() throws GossipException {
    Side owner = new Side(1, 11, 1000);
    Side listener = new Side(2, 22, 1000);
    for (int i = 0; i < 50; i++) {
      owner.topology.addConnection(new PeerName(100 + i), "10.0.0.1:6783", true);
    }
    listener.learnFrom(owner);
    assertEquals(1, owner.wholeRecordsSent);
    int before = owner.connectionsSent;

    owner.topology.removeConnection(new PeerName(110));
    owner.topology.establishConnection(new PeerName(120));
    listener.learnFrom(owner);
    assertSameRecord(owner.topology.self(), listener.record(owner), "difference");
    assertEquals(1, owner.wholeRecordsSent);
    assertEquals(before + 1, owner.connectionsSent);
  }

  @Test
  void tellOfAConnectionThatCameAndWentForThoseWhoHeardOfItInBetween() throws GossipException {
    Side owner = new Side(1, 11, 1000);
    Side relay = new Side(2, 22, 1000);
    Side listener = new Side(3, 33, 1000);
    owner.topology.addConnection(new PeerName(100), "10.0.0.1:6783", true);
    owner.topology.addConnection(new PeerName(101), "10.0.0.1:6783", true);
    relay.learnFrom(owner);
    owner.topology.addConnection(new PeerName(102), "10.0.0.1:6783", true);
    listener.learnFrom(owner);
    owner.topology.removeConnection(new PeerName(102));
    relay.learnFrom(owner);

    listener.learnFrom(relay);
    assertSameRecord(owner.topology.self(), listener.record(owner), "through the relay");
    assertEquals(1, relay.wholeRecordsSent, "the relay's own record only");
  }

  @Test
  void sendWholeRecordsToThoseWhoKnewAnEarlierLife() throws GossipException {
    Side listener = new Side(2, 22, 1000);
    Side earlier = new Side(1, 11, 1000);
    earlier.topology.addConnection(new PeerName(100), "10.0.0.1:6783", true);
    listener.learnFrom(earlier);
    Side later = new Side(1, 12, 5000);
    later.topology.addConnection(new PeerName(101), "10.0.0.1:6783", true);
    listener.learnFrom(later);
    assertSameRecord(later.topology.self(), listener.record(later), "after the restart");
    assertEquals(1, later.wholeRecordsSent);
  }

  @Test
  void jumpAboveAnEarlierLifeThatASummaryTellsOf() throws GossipException {
    Side listener = new Side(2, 22, 1000);
    Side earlier = new Side(1, 11, 1000);
    earlier.topology.addConnection(new PeerName(100), "10.0.0.1:6783", true);
    listener.learnFrom(earlier);
    Side later = new Side(1, 12, 0);
    later.learnFrom(listener);
    assertEquals(earlier.topology.self().version() + 1, later.topology.self().version());
  }

  @Test
  void knowWhatACompleteSummaryLacks() throws GossipException {
    Side one = new Side(1, 11, 1000);
    Side two = new Side(2, 22, 1000);
    one.learnFrom(two);
    DeltaMessage.Summary ofTwo = decode(DeltaMessage.Summary.class, two.delta.completeSummary());
    assertEquals(List.of(new PeerName(1)), one.delta.compare(ofTwo).newerHere());
    DeltaMessage.Summary partial =
        decode(DeltaMessage.Summary.class, two.delta.summary(List.of(new PeerName(2))));
    assertFalse(partial.isComplete());
    assertEquals(List.of(), one.delta.compare(partial).newerHere());
  }

  @Test
  void takeOneChangeOfAPeerFromAMessage() {
    Side listener = new Side(2, 22, 1000);
    PeerName name = new PeerName(5);
    List<PeerChange> changes = new ArrayList<>();
    for (int version = 1; version <= 3; version++) {
      PeerRecord record = new PeerRecord(name, "five", 7, version, null, ConnectionList.NONE);
      changes.add(PeerChange.whole(record));
    }
    listener.delta.apply(new DeltaMessage.Delta(changes));
    Peer stored = listener.topology.peer(name);
    assertNotNull(stored);
    assertEquals(1, stored.version());
  }

  @Test
  void haveDigestsThatDifferInWhateverDiffers() {
    Side plain = new Side(1, 11, 1000);
    assertEquals(plain.delta.digest(), new Side(1, 11, 1000).delta.digest());
    assertNotEquals(plain.delta.digest(), new Side(1, 12, 1000).delta.digest());
    assertNotEquals(plain.delta.digest(), new Side(1, 11, 1001).delta.digest());
    long before = plain.delta.digest();
    plain.topology.self().setShortId(null);
    assertNotEquals(before, plain.delta.digest());
  }

  @Test
  void haveTheDigestOfTheExample() {
    Side alpha = new Side(0x021122334455L, 0x9e3779b97f4a7c15L, 0x199aabbccddL);
    alpha.topology.self().setShortId(1234);
    PeerName beta = PeerName.parse("0e:aa:bb:cc:dd:ee");
    PeerRecord record = new PeerRecord(beta, "beta", 42, 7, null, ConnectionList.NONE);
    alpha.topology.merge(List.of(new RecordUpdate(record, null)));
    assertEquals("ce130dcf412964fd", Long.toHexString(alpha.delta.digest()));
  }
}
