package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.gob.GobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AllocatorTest {
  private static final Cidr UNIVERSE = SingleNode.UNIVERSE;

  private static Cidr cidr(String text) {
    return Cluster.cidr(text);
  }

  @Test
  void givesTheLowestHostAddressAndTheSameOneAgain() throws IpamException {
    SingleNode node = SingleNode.alone();
    assertEquals("idle", node.allocator.status().status());
    assertEquals("10.32.0.1/24", node.allocate("a").cidr().toString());
    assertEquals("10.32.0.2/24", node.allocate("b").cidr().toString());
    assertEquals("10.32.0.1/24", node.allocate("a").cidr().toString());
    node.allocator.release("a");
    assertEquals("10.32.0.1/24", node.allocate("c").cidr().toString());
    assertEquals(List.of(cidr("10.32.0.2/24")), node.allocator.lookup("b", UNIVERSE));
    assertEquals(List.of(), node.allocator.lookup("a", UNIVERSE));
    assertEquals("ready", node.allocator.status().status());
  }

  @Test
  void storesBeforeItAnswersOrBroadcasts() {
    SingleNode node = SingleNode.alone();
    node.events.clear();
    node.allocate("a");
    assertEquals(List.of("store", "broadcast", "reply"), node.events);
    node.events.clear();
    node.allocate("a");
    assertEquals(List.of("reply"), node.events);
  }

  @Test
  void neverGossipsWhatIsNotStored() throws GobException {
    SingleNode node = SingleNode.alone();
    GossipData data = Objects.requireNonNull(node.allocator.fullState());
    node.allocate("a");
    byte[] payload = data.encode().getFirst();
    Ring ring = Objects.requireNonNull(GossipStateCodec.decode(payload, 0).ring());
    assertEquals(node.lastStored().ring(), ring);
    assertSame(data, data.merge(data));
  }

  @Test
  void refusesEverythingWhenTheStateCannotBeStored() {
    SingleNode node = SingleNode.alone();
    node.allocate("a");
    node.events.clear();
    node.diskFailure = new UncheckedIOException(new IOException("disk full"));
    assertThrows(UncheckedIOException.class, () -> node.allocate("b"));
    assertEquals(List.of(), node.events);
    node.diskFailure = null;
    assertEquals(
        "IP allocation has stopped: its state cannot be stored", node.allocate("c").failure());
    assertEquals(Long.MAX_VALUE, node.allocator.nextDeadlineNanos());
  }

  @Test
  void refusesSubnetsOutsideTheUniverse() {
    SingleNode node = SingleNode.alone();
    Answer answer = new Answer();
    node.allocator.allocate("a", cidr("192.168.0.0/24"), false, answer);
    assertEquals("range 192.168.0.0/24 out of bounds: 10.32.0.0/24", answer.failure());
  }

  @Test
  void keepsAddressesOfNobodyUnderTheirText() throws IpamException {
    SingleNode node = SingleNode.alone();
    assertEquals("10.32.0.1/24", node.allocate("_").cidr().toString());
    assertEquals("10.32.0.2/24", node.allocate("_").cidr().toString());
    assertEquals(List.of("10.32.0.1", "10.32.0.2"), List.copyOf(node.allocator.list().keySet()));
    assertEquals("address 10.32.0.1/24 already in use", node.claim("a", "10.32.0.1/24").failure());
    assertEquals("10.32.0.1/24", node.claim("_", "10.32.0.1/24").cidr().toString());
    node.allocator.release("10.32.0.1");
    assertEquals(
        "Delete: no addresses for 10.32.0.1",
        assertThrows(IpamException.class, () -> node.allocator.release("10.32.0.1")).getMessage());
  }

  @Test
  void claimsWithinTheUniverse() {
    SingleNode node = SingleNode.alone();
    assertEquals("10.32.0.9/24", node.claim("a", "10.32.0.9/24").cidr().toString());
    assertEquals("10.32.0.9/24", node.claim("a", "10.32.0.9/24").cidr().toString());
    assertEquals("10.32.0.9/24", node.claim("_", "10.32.0.9/24").cidr().toString());
    assertEquals(
        "address 10.32.0.9/24 is already owned by a", node.claim("b", "10.32.0.9/24").failure());
    assertEquals(
        Map.of("a", new OwnedAddresses(true, List.of(cidr("10.32.0.9/24")))),
        node.allocator.list());
  }

  @Test
  void recordsClaimsOutsideTheUniverse() {
    SingleNode node = SingleNode.alone();
    assertEquals("192.168.0.5/24", node.claim("a", "192.168.0.5/24").cidr().toString());
    assertEquals("192.168.0.5/24", node.claim("a", "192.168.0.5/24").cidr().toString());
    assertEquals("192.168.0.5/24", node.claim("_", "192.168.0.5/24").cidr().toString());
    assertEquals(
        "address 192.168.0.5/24 already in use by a", node.claim("b", "192.168.0.5/24").failure());
    node.allocator.containerDied("a");
    assertEquals("192.168.0.5/24", node.claim("b", "192.168.0.5/24").cidr().toString());
    assertEquals(List.of("b"), List.copyOf(node.allocator.list().keySet()));
    assertEquals(0, node.allocator.status().activeAddresses());
    assertEquals("idle", node.allocator.status().status());
  }

  @Test
  void freesOneAddressAndSaysWhenThereIsNone() throws IpamException {
    SingleNode node = SingleNode.alone();
    node.claim("a", "10.32.0.9/24");
    node.claim("a", "10.32.0.10/24");
    node.allocator.release("a", 0x0a200009L);
    assertEquals(
        "Free: address 10.32.0.9 not found for a",
        assertThrows(IpamException.class, () -> node.allocator.release("a", 0x0a200009L))
            .getMessage());
    assertEquals(List.of(cidr("10.32.0.10/24")), node.allocator.lookup("a", UNIVERSE));
    assertEquals(1, node.allocator.status().activeAddresses());
  }

  @Test
  void freesAddressesOfContainersThirtySecondsAfterTheirDeath() {
    SingleNode node = SingleNode.alone();
    node.allocate("a");
    node.allocate("b");
    node.allocator.containerDied("a");
    node.allocator.containerDied("b");
    node.pass(20);
    node.allocator.containerStarted("b");
    node.pass(20);
    assertEquals(List.of("b"), List.copyOf(node.allocator.list().keySet()));
    node.allocator.containerDestroyed("b");
    assertEquals(Map.of(), node.allocator.list());
  }

  @Test
  void preClaimsRunBeforeTheFirstAllocation() {
    SingleNode node = SingleNode.alone();
    node.allocator.preClaim("weave:expose", cidr("10.32.0.1/24"), false);
    assertEquals(1, node.allocator.status().pendingClaims().size());
    assertEquals("10.32.0.2/24", node.allocate("a").cidr().toString());
    assertEquals(List.of(cidr("10.32.0.1/24")), node.allocator.lookup("weave:expose", UNIVERSE));
  }

  @Test
  void anAnsweredClaimGoesOnUntilItIsReleased() throws IpamException {
    SingleNode node = SingleNode.started(new BootstrapMode.Observer(), null);
    Answer answer = new Answer();
    Operation claim = node.allocator.claim("a", cidr("10.32.0.9/24"), false, true, answer);
    assertEquals("10.32.0.9/24", answer.cidr().toString());
    assertFalse(claim.cancel());
    assertEquals(1, node.allocator.status().pendingClaims().size());
    node.allocator.release("a");
    assertEquals(0, node.allocator.status().pendingClaims().size());
  }

  @Test
  void onlyADenialOfExactlyTheClaimedAddressCounts() throws GossipException {
    SingleNode node = SingleNode.shared();
    Answer answer = node.claim("a", "10.32.0.200/24");
    assertEquals(List.of("unicast 0"), node.events);
    node.allocator.onUnicast(SingleNode.OTHER, denial(UNIVERSE.range()));
    node.allocator.onUnicast(new PeerName(3), denial(AddressRange.single(0x0a2000c8L)));
    assertTrue(answer.isPending());
    node.allocator.onUnicast(SingleNode.OTHER, denial(AddressRange.single(0x0a2000c8L)));
    assertEquals(
        "address 10.32.0.200/24 is owned by other peer 00:00:00:00:00:02", answer.failure());
  }

  private static byte[] denial(AddressRange range) {
    return request(2, range);
  }

  private static byte[] request(int tag, AddressRange range) {
    byte[] body = RingGob.encodeRange(range);
    byte[] payload = new byte[body.length + 1];
    payload[0] = (byte) tag;
    System.arraycopy(body, 0, payload, 1, body.length);
    return payload;
  }

  @Test
  void grantsSpaceOnRequestAndDeniesWhatIsInUse() throws GossipException, GobException {
    SingleNode node = SingleNode.shared();
    node.allocate("a");
    node.events.clear();
    node.allocator.onUnicast(SingleNode.OTHER, request(0, UNIVERSE.range()));
    assertEquals(List.of("store", "broadcast", "unicast 1"), node.events);
    GossipState told = GossipStateCodec.decode(node.unicasts.getLast(), 1);
    assertEquals(node.lastStored().ring(), told.ring());
    node.events.clear();
    node.allocator.onUnicast(SingleNode.OTHER, request(0, AddressRange.single(0x0a200001L)));
    assertEquals(List.of("unicast 2", "unicast 1"), node.events);
    node.events.clear();
    node.allocator.onUnicast(new PeerName(9), request(0, UNIVERSE.range()));
    assertEquals(List.of(), node.events, "a peer that nobody knows gets no space");
  }

  @Test
  void anotherRingThatTakesAnUnusedRangeShrinksOurSpace() throws GossipException {
    SingleNode node = SingleNode.shared();
    Ring ring = node.lastStored().ring();
    Ring taken = ring.transfer(SingleNode.SELF, SingleNode.OTHER);
    node.allocator.onBroadcast(SingleNode.OTHER, state(taken));
    assertEquals(1, node.allocator.status().owners().size());
    assertTrue(node.allocate("a").isPending());
  }

  @Test
  void whatAnotherRingTakesFromUsIsClaimedBackAddressByAddress() throws GossipException {
    SingleNode node = SingleNode.shared();
    node.allocate("a");
    Ring taken = node.lastStored().ring().transfer(SingleNode.SELF, SingleNode.OTHER);
    node.unicasts.clear();
    node.allocator.onGossip(state(taken));
    IpamStatus.Health health = node.allocator.status().health();
    assertEquals(
        List.of("Disputed: 10.32.0.1 of a belongs to 00:00:00:00:00:02(), claimed back"),
        health.lines());
    assertEquals(1, health.contradictions());
    assertTrue(node.allocate("b").isPending(), "the range is no longer ours");
    assertEquals("10.32.0.1/24", node.allocate("a").cidr().toString());
    assertArrayEquals(
        request(0, AddressRange.single(0x0a200001L)),
        node.unicasts.getFirst(),
        "an ordinary claim, which Weave Net answers too");
    node.allocator.onUnicast(SingleNode.OTHER, request(2, AddressRange.single(0x0a200001L)));
    assertEquals(
        List.of(
            "Duplicate: 10.32.0.1 of a is in use on 00:00:00:00:00:02(), too: stop one of the two",
            "Waiting: 1 request, the first for 0s: its owners have given us none"),
        node.allocator.status().health().lines());
    node.allocator.onGossip(state(taken));
    assertEquals(1, node.allocator.status().health().contradictions(), "counted once");
    Ring asOwner = new Ring(taken.universe(), SingleNode.OTHER, taken.entries(), taken.seeds());
    Ring granted = asOwner.grant(AddressRange.single(0x0a200001L), SingleNode.SELF);
    node.allocator.onUnicast(SingleNode.OTHER, tagged(1, state(granted)));
    assertEquals(List.of(), node.allocator.status().health().disputed());
    assertEquals(1, node.allocator.status().activeAddresses());
  }

  private static byte[] tagged(int tag, byte[] body) {
    return ByteBuffer.allocate(body.length + 1).put((byte) tag).put(body).array();
  }

  private static byte[] state(Ring ring) {
    return GossipStateCodec.encode(new GossipState(1, Map.of(), null, ring));
  }

  @Test
  void nobodyRenamesUs() throws GossipException {
    SingleNode node = SingleNode.shared();
    node.allocator.onGossip(
        GossipStateCodec.encode(
            new GossipState(
                1,
                Map.of(SingleNode.SELF, "mallory", SingleNode.OTHER, "two\u001b[31m"),
                null,
                null)));
    List<IpamStatus.Owner> owners = node.allocator.status().owners();
    assertEquals(
        "00:00:00:00:00:01(one)                     128 IPs (50.0% of total) (0 active)",
        owners.get(0).line());
    assertEquals(
        "00:00:00:00:00:02(two?[31m)                128 IPs (50.0% of total) ",
        owners.get(1).line());
  }

  @Test
  void shutdownGivesTheSpaceToALivingPeer() {
    SingleNode node = SingleNode.shared();
    node.allocate("a");
    Answer waiting = node.claim("b", "10.32.0.200/24");
    node.events.clear();
    node.allocator.shutdown();
    assertTrue(waiting.isCancelled());
    assertEquals(List.of("store", "broadcast"), node.events);
    assertEquals(List.of(), node.lastStored().ring().rangesOf(SingleNode.SELF));
    assertEquals(Map.of(), node.lastStored().owned());
    assertTrue(node.allocate("c").isCancelled());
    assertEquals(Long.MAX_VALUE, node.allocator.nextDeadlineNanos());
  }

  @Test
  void shutdownKeepsTheSpaceWhenNobodyLives() {
    SingleNode node = SingleNode.shared();
    node.allocate("a");
    node.known.remove(SingleNode.OTHER);
    node.events.clear();
    node.allocator.shutdown();
    assertEquals(List.of(), node.events);
    assertEquals(1, node.lastStored().ring().rangesOf(SingleNode.SELF).size());
    assertTrue(node.allocate("c").isCancelled());
  }

  @Test
  void takesOverTheSpaceOfADeadPeerOnly() throws IpamException {
    SingleNode node = SingleNode.shared();
    String name = SingleNode.OTHER.toString();
    assertEquals(
        "peer 00:00:00:00:00:02 is still reachable: stop it before its IPs are taken over",
        assertThrows(IpamException.class, () -> node.allocator.agreedTakeover(name, result -> {}))
            .getMessage());
    node.known.remove(SingleNode.OTHER);
    assertEquals(1, node.allocator.status().unreachableOwners());
    assertEquals(50.0, node.allocator.status().unreachablePercent());
    node.events.clear();
    assertEquals(128, node.allocator.takeover(name));
    assertEquals(List.of("store", "broadcast"), node.events);
    assertEquals(0, node.allocator.takeover(name));
    assertEquals(0, node.allocator.takeover("one"));
    assertEquals(0, node.allocator.takeover("nobody"));
    assertEquals(100, node.lastStored().ring().entries().getLast().version());
  }

  @Test
  void aReachablePeerIsTakenOverOnlyByForceAndByItsName() throws Exception {
    SingleNode node = SingleNode.shared();
    node.allocator.onGossip(
        GossipStateCodec.encode(new GossipState(1, Map.of(SingleNode.OTHER, "two"), null, null)));
    assertThrows(IpamException.class, () -> node.allocator.takeover("two"));
    assertEquals(128, node.allocator.takeover(SingleNode.OTHER.toString()));
  }

  @Test
  void aClaimOfWhatATakeoverGainsIsServed() throws IpamException {
    SingleNode node = SingleNode.shared();
    node.known.remove(SingleNode.OTHER);
    Answer answer = node.claim("a", "10.32.0.200/24");
    assertTrue(answer.isPending());
    assertEquals(128, node.allocator.takeover(SingleNode.OTHER.toString()));
    assertEquals("10.32.0.200/24", answer.cidr().toString());
  }

  @Test
  void saysWhenAllOwnersAreUnreachable() {
    SingleNode node = SingleNode.started(new BootstrapMode.Seed(List.of(SingleNode.OTHER)), null);
    assertEquals(
        "all IP ranges owned by unreachable peers - use 'rmpeer' if they are dead",
        node.allocator.status().status());
    IpamStatus.Owner owner = node.allocator.status().owners().getFirst();
    assertEquals(
        "00:00:00:00:00:02()                        256 IPs (100.0% of total) - unreachable!",
        owner.line());
  }

  @Test
  void aReplyMayAskForMore() {
    SingleNode node = SingleNode.alone();
    Answer second = new Answer();
    node.allocator.allocate(
        "a", UNIVERSE, false, result -> node.allocator.allocate("b", UNIVERSE, false, second));
    assertEquals("10.32.0.2/24", second.cidr().toString());
    assertEquals(2, node.lastStored().owned().size());
  }

  @Test
  void primeWaitsForTheRing() {
    SingleNode node = SingleNode.started(new BootstrapMode.Observer(), null);
    boolean[] primed = new boolean[1];
    node.allocator.prime(() -> primed[0] = true);
    assertFalse(primed[0]);
    node.allocator.close();
    assertTrue(primed[0]);
    assertTrue(node.lastStored().isClean());
  }
}
