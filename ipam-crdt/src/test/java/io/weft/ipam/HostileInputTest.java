package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.gob.GobStruct;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileInputTest {
  private static List<byte[]> payloads() {
    Ring ring = SingleNode.shared().lastStored().ring();
    Map<NodeId, NodeClaims> claims = new TreeMap<>();
    Paxos paxos = Paxos.elector(new NodeId(SingleNode.OTHER, -1));
    paxos.setQuorum(1);
    paxos.propose();
    claims.putAll(Optional.ofNullable(paxos.state()).orElseThrow());
    Map<PeerName, String> names = Map.of(SingleNode.OTHER, "two");
    List<byte[]> payloads = new ArrayList<>();
    payloads.add(GossipStateCodec.encode(new GossipState(1, names, null, ring)));
    payloads.add(GossipStateCodec.encode(new GossipState(1, names, claims, null)));
    payloads.add(GossipStateCodec.encode(new GossipState(1, names, null, null)));
    for (byte[] state : List.copyOf(payloads)) {
      payloads.add(tagged(1, state));
    }
    payloads.add(tagged(0, RingGob.encodeRange(SingleNode.UNIVERSE.range())));
    payloads.add(tagged(2, RingGob.encodeRange(AddressRange.single(0x0a200005L))));
    return payloads;
  }

  private static byte[] tagged(int tag, byte[] body) {
    byte[] payload = new byte[body.length + 1];
    payload[0] = (byte) tag;
    System.arraycopy(body, 0, payload, 1, body.length);
    return payload;
  }

  /** Gives a payload to every entry; nothing but a refusal may come back. */
  private static int refusals(Allocator allocator, byte[] payload) {
    int refusals = 0;
    for (int way = 0; way < 3; way++) {
      try {
        switch (way) {
          case 0 -> allocator.onGossip(payload);
          case 1 -> allocator.onBroadcast(SingleNode.OTHER, payload);
          default -> allocator.onUnicast(SingleNode.OTHER, payload);
        }
      } catch (GossipException e) {
        refusals++;
      }
    }
    return refusals;
  }

  @Test
  void truncatedPayloadsAreRefused() {
    SingleNode node = SingleNode.shared();
    for (byte[] payload : payloads()) {
      for (int length = 0; length < payload.length; length++) {
        assertEquals(3, refusals(node.allocator, Arrays.copyOf(payload, length)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {51, 52, 53})
  void damagedPayloadsNeverCostAnAddressInUse(long seed) {
    Random random = new Random(seed);
    SingleNode ringed = SingleNode.shared();
    Cidr held = ringed.allocate("a").cidr();
    SingleNode ringless = SingleNode.started(new BootstrapMode.Consensus(3), null);
    ringless.allocator.prime(() -> {});
    List<byte[]> payloads = payloads();
    int refusals = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] payload = payloads.get(random.nextInt(payloads.size())).clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        int at = random.nextInt(payload.length);
        payload[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
      }
      refusals += refusals(ringed.allocator, payload);
      refusals += refusals(ringless.allocator, payload);
      Ring ring = ringed.lastStored().ring();
      assertEquals(Optional.empty(), ring.violation(), "seed " + seed);
      assertEquals(SingleNode.SELF, ring.owner(held.address()), "seed " + seed);
    }
    assertTrue(refusals > 2_000, "seed " + seed + " refused only " + refusals);
    assertEquals(held, ringed.allocate("a").cidr());
    ringed.pass(10);
    ringless.pass(10);
    ringless.allocator.status();
  }

  @Test
  void unknownUnicastKindsAndEmptyBodiesAreRefused() {
    SingleNode node = SingleNode.shared();
    for (byte[] payload :
        List.of(new byte[0], new byte[] {3}, new byte[] {-1, 0}, new byte[] {0})) {
      assertThrows(
          GossipException.class, () -> node.allocator.onUnicast(SingleNode.OTHER, payload));
    }
    assertThrows(GossipException.class, () -> node.allocator.onGossip(new byte[0]));
    assertEquals(List.of(), node.events);
    assertEquals("10.32.0.1/24", node.allocate("a").cidr().toString());
  }

  @Test
  void numbersThatDoNotFitAreRefused() {
    SingleNode node = SingleNode.shared();
    GobType.Struct wide =
        GobType.struct(
            "Range", GobType.field("Start", GobType.UINT64), GobType.field("End", GobType.UINT64));
    for (long[] range : new long[][] {{1L << 32, 5}, {9, 5}, {0, 0}, {7, 7}, {-1, -1}}) {
      byte[] body =
          new GobWriter()
              .write(GobStruct.builder(wide).uint("Start", range[0]).uint("End", range[1]).build())
              .toBytes();
      assertThrows(
          GossipException.class, () -> node.allocator.onUnicast(SingleNode.OTHER, tagged(0, body)));
    }
  }

  @Test
  void listsThatAreTooLongAreRefused() {
    SingleNode node = SingleNode.shared();
    List<RingEntry> entries = new ArrayList<>();
    for (int i = 0; i <= IpamProtocol.MAX_RING_ENTRIES; i++) {
      entries.add(new RingEntry(i, SingleNode.OTHER, 0, 0));
    }
    AddressRange universe = new AddressRange(0, 1L << 31);
    Ring huge = new Ring(universe, SingleNode.OTHER, entries, List.of());
    assertThrows(
        GossipException.class,
        () ->
            node.allocator.onGossip(
                GossipStateCodec.encode(new GossipState(1, Map.of(), null, huge))));
    String longName = "n".repeat(IpamProtocol.MAX_NICKNAME_LENGTH + 1);
    assertThrows(
        GossipException.class,
        () ->
            node.allocator.onGossip(
                GossipStateCodec.encode(
                    new GossipState(1, Map.of(SingleNode.OTHER, longName), null, null))));
  }

  @Test
  void nicknamesOfPhantomsAreBounded() throws GossipException {
    SingleNode node = SingleNode.shared();
    for (int batch = 0; batch < 3; batch++) {
      Map<PeerName, String> names = new TreeMap<>();
      for (int i = 0; i < 10_000; i++) {
        names.put(new PeerName(1000L + batch * 10_000L + i), "phantom");
      }
      node.allocator.onGossip(GossipStateCodec.encode(new GossipState(1, names, null, null)));
    }
    byte[] told = Objects.requireNonNull(node.allocator.fullState()).encode().getFirst();
    assertTrue(told.length < IpamProtocol.MAX_NICKNAMES * 20);
  }

  @Test
  void aDecidedValueWithoutNamesMakesNoRing() throws GossipException {
    SingleNode node = SingleNode.started(new BootstrapMode.Consensus(1), null);
    NodeId liar = new NodeId(SingleNode.OTHER, 1);
    ProposalId proposal = new ProposalId(1, liar);
    NodeClaims claims = new NodeClaims(proposal, proposal, new AcceptedValue(List.of(), proposal));
    node.allocator.onBroadcast(
        SingleNode.OTHER,
        GossipStateCodec.encode(new GossipState(1, Map.of(), Map.of(liar, claims), null)));
    node.pass(10);
    assertTrue(node.lastStored().ring().isEmpty());
  }
}
