package io.weft.gossip.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InboundRoomTest {
  private static final int ALL = LinkLimits.DEFAULT.inboundRoom();
  private static final long PATIENCE_NANOS = LinkLimits.DEFAULT.messageNanos();

  private final InboundRoom room = new InboundRoom(LinkLimits.DEFAULT);
  private final List<String> events = new ArrayList<>();

  private final class Neighbour implements InboundRoom.Guest {
    private final String name;

    Neighbour(String name) {
      this.name = name;
    }

    @Override
    public void onRoom() {
      events.add(name + " may go on");
    }

    @Override
    public void onRoomLost() {
      events.add(name + " is cut off");
      room.leave(this, 0);
    }

    @Override
    public void onStarved() {
      events.add(name + " has waited too long");
      room.leave(this, 0);
    }
  }

  private final Neighbour greedy = new Neighbour("greedy");
  private final Neighbour other = new Neighbour("other");
  private final Neighbour modest = new Neighbour("modest");

  @Test
  void memoryIsInUseUntilTheConductorIsDone() {
    assertTrue(room.enter(greedy, ALL, 0));
    assertFalse(room.enter(other, 1, 0));
    assertEquals(ALL, room.arrived(greedy));
    assertEquals(List.of(), events);
    room.free(ALL, 0);
    assertEquals(List.of("other may go on"), events);
  }

  @Test
  void whoeverComesFirstIsServedFirst() {
    assertTrue(room.enter(greedy, ALL, 0));
    room.free(room.arrived(greedy), 0);
    assertTrue(room.enter(other, ALL, 0));
    assertFalse(room.enter(greedy, ALL, 0));
    assertFalse(room.enter(modest, ALL, 0));
    room.free(room.arrived(other), 0);
    room.free(room.arrived(greedy), 0);
    assertEquals(List.of("greedy may go on", "modest may go on"), events);
  }

  @Test
  void whatCanNeverFitDoesNotKeepOthersWaiting() {
    assertTrue(room.enter(other, 1, 0));
    assertFalse(room.enter(greedy, Integer.MAX_VALUE, 0));
    assertFalse(room.enter(modest, 1, 0));
    room.free(room.arrived(other), 0);
    room.free(room.arrived(greedy), 0);
    assertEquals(List.of("greedy may go on", "modest may go on"), events);
  }

  @Test
  void aMessageThatGoesOnMayTakeItsTime() {
    assertTrue(room.enter(greedy, ALL, 0));
    assertFalse(room.enter(other, 1, 0));
    long now = 0;
    for (int i = 0; i < 5; i++) {
      now += PATIENCE_NANOS - 1;
      room.progress(greedy, LinkLimits.DEFAULT.largeMessage(), now);
      room.onTick(now);
    }
    assertEquals(List.of(), events);
    room.progress(greedy, LinkLimits.DEFAULT.largeMessage() - 1, now + 1);
    room.onTick(now + PATIENCE_NANOS);
    assertEquals(List.of("greedy is cut off", "other may go on"), events);
  }

  @Test
  void aMessageThatTricklesInIsCutOffBeforeTheNextGivesUp() {
    long stayNanos = LinkLimits.DEFAULT.stayNanos();
    assertTrue(stayNanos < LinkLimits.DEFAULT.roomNanos());
    assertTrue(room.enter(greedy, ALL, 0));
    long begin = 10 * stayNanos;
    room.progress(greedy, LinkLimits.DEFAULT.largeMessage(), begin);
    assertFalse(room.enter(other, 1, begin));
    for (long waited = 0; waited < stayNanos; waited += PATIENCE_NANOS / 2) {
      room.progress(greedy, LinkLimits.DEFAULT.largeMessage(), begin + waited);
      room.onTick(begin + waited);
      assertEquals(List.of(), events);
    }
    room.onTick(begin + stayNanos);
    assertEquals(List.of("greedy is cut off", "other may go on"), events);
  }

  @Test
  void nobodyWaitsForEver() {
    long patienceNanos = LinkLimits.DEFAULT.roomNanos();
    assertTrue(room.enter(greedy, ALL, 0));
    assertEquals(ALL, room.arrived(greedy));
    assertFalse(room.enter(other, ALL, 0));
    assertFalse(room.enter(modest, 1, 1));
    room.onTick(patienceNanos - 1);
    assertEquals(List.of(), events);
    room.onTick(patienceNanos);
    assertEquals(List.of("other has waited too long"), events);
    room.free(ALL, patienceNanos);
    assertEquals(List.of("other has waited too long", "modest may go on"), events);
  }

  @Test
  void aSlowMessageIsCutOffOnlyWhileOthersWait() {
    assertTrue(room.enter(greedy, ALL, 0));
    room.onTick(100 * PATIENCE_NANOS);
    assertEquals(List.of(), events);
    assertFalse(room.enter(other, 1, 100 * PATIENCE_NANOS));
    room.onTick(100 * PATIENCE_NANOS);
    assertEquals(List.of("greedy is cut off", "other may go on"), events);
  }

  @Test
  void aMessageThatHasArrivedIsNotLate() {
    assertTrue(room.enter(greedy, ALL, 0));
    assertEquals(ALL, room.arrived(greedy));
    assertFalse(room.enter(other, 1, 0));
    room.onTick(PATIENCE_NANOS);
    assertEquals(List.of(), events);
  }

  @Test
  void whoeverLeavesGivesBackExactlyWhatItHad() {
    assertTrue(room.enter(greedy, ALL - 1, 0));
    assertFalse(room.enter(other, ALL, 0));
    room.leave(greedy, 0);
    room.leave(greedy, 0);
    assertEquals(List.of("other may go on"), events);
    assertFalse(room.enter(modest, 1, 0));
  }
}
