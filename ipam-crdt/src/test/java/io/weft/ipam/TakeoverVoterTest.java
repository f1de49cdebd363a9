package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A voter stands by what it has said, for as long as it matters. */
class TakeoverVoterTest {
  private static final AddressRange UNIVERSE = Cluster.cidr("10.32.0.0/16").range();
  private static final PeerName SELF = new PeerName(1);
  private static final PeerName OTHER = new PeerName(2);
  private static final PeerName VICTIM = new PeerName(3);

  private final Set<PeerName> known = new TreeSet<>(List.of(SELF, OTHER));
  private final EventTime time = new EventTime(0, 0);
  private final LocalState state = new LocalState(SELF, UNIVERSE);
  private final MeshView mesh =
      new MeshView() {
        @Override
        public boolean isKnown(PeerName peer) {
          return known.contains(peer);
        }

        @Override
        public int activeTargets() {
          return 0;
        }
      };
  private final Sightings sightings = new Sightings(state, mesh, time, Reclaiming.NEVER);
  private final TakeoverVoter voter =
      new TakeoverVoter(state, mesh, new StartHold(state, mesh, time), sightings, Reclaiming.NEVER);

  TakeoverVoterTest() {
    state.setRing(Ring.seeded(UNIVERSE, SELF, List.of(SELF, OTHER, VICTIM)));
  }

  private TakeoverMessage.About prepare(Ballot ballot) {
    return voter.onPrepare(new TakeoverMessage.Prepare(VICTIM, ballot, voter.epoch(VICTIM), false));
  }

  private void voteFor(PeerName taker) {
    Ballot ballot = new Ballot(1, taker);
    assertInstanceOf(TakeoverMessage.Promise.class, prepare(ballot));
    assertInstanceOf(
        TakeoverMessage.Accepted.class,
        voter.onAccept(new TakeoverMessage.Accept(VICTIM, ballot, taker)));
  }

  private void changeEntriesOfVictim() {
    List<RingEntry> entries = new ArrayList<>();
    for (RingEntry entry : state.ring().entries()) {
      entries.add(entry.peer().equals(VICTIM) ? entry.withOwner(VICTIM, 1) : entry);
    }
    state.setRing(new Ring(UNIVERSE, SELF, entries, state.ring().seeds()));
  }

  @Test
  void aVoteOnAPeerThatHasSurvivedIsForgotten() {
    voteFor(OTHER);
    assertTrue(voter.isVoteFor(VICTIM, OTHER));
    known.add(VICTIM);
    voter.forgetSettled();
    assertTrue(voter.hasVotes(), "it may be taken over at this moment");
    changeEntriesOfVictim();
    voter.forgetSettled();
    assertFalse(voter.hasVotes());
    known.remove(VICTIM);
    TakeoverMessage.Promise promise =
        assertInstanceOf(TakeoverMessage.Promise.class, prepare(new Ballot(1, SELF)));
    assertFalse(promise.accepted().isValid());
  }

  @Test
  void aVoteOutlivesEntriesOfAVanishedPeerThatComeLate() {
    voteFor(OTHER);
    changeEntriesOfVictim();
    voter.forgetSettled();
    TakeoverMessage.Promise promise =
        assertInstanceOf(TakeoverMessage.Promise.class, prepare(new Ballot(2, SELF)));
    assertEquals(OTHER, promise.taker());
  }

  @Test
  void aVoteOfBeforeTheEntriesChangedDecidesNothing() {
    voteFor(SELF);
    assertTrue(voter.isVoteFor(VICTIM, SELF));
    assertFalse(voter.isVoteFor(VICTIM, OTHER));
    changeEntriesOfVictim();
    assertFalse(voter.isVoteFor(VICTIM, SELF));
  }

  @Test
  void whoKnowsLessOfTheVictimIsRefusedEvenAtALowerVersion() {
    long epoch = voter.epoch(VICTIM);
    changeEntriesOfVictim();
    assertNotEquals(epoch, voter.epoch(VICTIM));
    TakeoverMessage.Refusal refusal =
        assertInstanceOf(
            TakeoverMessage.Refusal.class,
            voter.onPrepare(
                new TakeoverMessage.Prepare(VICTIM, new Ballot(1, OTHER), epoch, false)));
    assertEquals(TakeoverMessage.Reason.RING_IS_OLD, refusal.reason());
  }

  @Test
  void aBallotFarAboveAllOthersIsRefused() {
    Ballot last = new Ballot(IpamProtocol.MAX_VERSION, OTHER);
    assertInstanceOf(TakeoverMessage.Refusal.class, prepare(last));
    voteFor(SELF);
    assertInstanceOf(
        TakeoverMessage.Refusal.class,
        voter.onAccept(new TakeoverMessage.Accept(VICTIM, last, OTHER)));
    assertTrue(voter.isVoteFor(VICTIM, SELF));
  }

  @Test
  void namesThatTheMeshDoesNotKnowAreNotPassedOn() {
    sightings.heardOf(List.of(OTHER, VICTIM));
    assertEquals(List.of(SELF, OTHER), sightings.speakers());
    known.remove(OTHER);
    sightings.look();
    assertEquals(List.of(SELF), sightings.speakers());
    assertTrue(sightings.hasHeardOthers());
  }

  @Test
  void whoComesBackHasTimeToSpeakBeforeItCountsAsMute() {
    sightings.look();
    time.advanceTo(Sightings.MUTE_NANOS, 0);
    assertTrue(sightings.isMute(OTHER));
    sightings.forget(OTHER);
    sightings.look();
    assertFalse(sightings.isMute(OTHER));
  }
}
