package io.weft.gossip.netty;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory for large messages, shared by all links: two hundred that have sent all but the last byte
 * of a message would otherwise cost two gigabytes. First come, first served. Owned by the event
 * loop.
 */
final class InboundRoom {
  /** A link, as far as its large messages are concerned. */
  interface Guest {
    /** The message for which it waits may arrive now. */
    void onRoom();

    /** Its message does not go on while others wait. */
    void onRoomLost();

    /** It has waited for too long. */
    void onStarved();
  }

  private record Wait(int bytes, long since) {}

  /**
   * A message that arrives.
   *
   * @param begun when it was let in
   * @param since when the time in which some of it must arrive began
   * @param arrived since then
   */
  private record Stay(int bytes, long begun, long since, int arrived) {}

  private final LinkLimits limits;
  private final Map<Guest, Wait> waiting = new LinkedHashMap<>();
  private final Map<Guest, Stay> arriving = new LinkedHashMap<>();
  private long used;

  InboundRoom(LinkLimits limits) {
    this.limits = limits;
  }

  /** Asks for memory; true when it may be used at once, or {@link Guest#onRoom} says when. */
  boolean enter(Guest guest, int announced, long nowNanos) {
    // What can never fit must not keep others waiting.
    int bytes = Math.min(announced, limits.inboundRoom());
    if (waiting.isEmpty() && used + bytes <= limits.inboundRoom()) {
      admit(guest, bytes, nowNanos);
      return true;
    }
    waiting.put(guest, new Wait(bytes, nowNanos));
    return false;
  }

  /** Some of a guest's message has arrived, if one arrives. */
  void progress(Guest guest, int count, long nowNanos) {
    Stay stay = arriving.get(guest);
    if (stay != null) {
      int arrived = stay.arrived() + count;
      boolean enough = arrived >= limits.largeMessage();
      arriving.put(
          guest,
          enough
              ? new Stay(stay.bytes(), stay.begun(), nowNanos, 0)
              : new Stay(stay.bytes(), stay.begun(), stay.since(), arrived));
    }
  }

  /**
   * The message is there; its memory stays in use until {@link #free}.
   *
   * @return how much that is; 0 when the guest has none
   */
  int arrived(Guest guest) {
    Stay stay = arriving.remove(guest);
    return stay == null ? 0 : stay.bytes();
  }

  /** Memory is no longer in use. */
  void free(int bytes, long nowNanos) {
    used -= bytes;
    admitWaiting(nowNanos);
  }

  /** A guest is gone, and with it what has arrived of its message. */
  void leave(Guest guest, long nowNanos) {
    waiting.remove(guest);
    free(arrived(guest), nowNanos);
  }

  /**
   * Ends those who hold room and do not get done while others wait, and who has waited too long.
   */
  void onTick(long nowNanos) {
    if (waiting.isEmpty()) {
      return;
    }
    long firstWait = waiting.values().iterator().next().since();
    List<Guest> late = new ArrayList<>();
    arriving.forEach((guest, stay) -> {
      long together = nowNanos - Math.max(stay.begun(), firstWait);
      if (nowNanos - stay.since() >= limits.messageNanos() || together >= limits.stayNanos()) {
        late.add(guest);
      }
    });
    List<Guest> starved = new ArrayList<>();
    waiting.forEach((guest, wait) -> {
      if (nowNanos - wait.since() >= limits.roomNanos()) {
        starved.add(guest);
      }
    });
    for (Guest guest : starved) {
      // The end of another may have let it in.
      if (waiting.containsKey(guest)) {
        guest.onStarved();
      }
    }
    late.forEach(Guest::onRoomLost);
  }

  private void admit(Guest guest, int bytes, long nowNanos) {
    used += bytes;
    arriving.put(guest, new Stay(bytes, nowNanos, nowNanos, 0));
  }

  private void admitWaiting(long nowNanos) {
    while (!waiting.isEmpty()) {
      Map.Entry<Guest, Wait> first = waiting.entrySet().iterator().next();
      Guest next = first.getKey();
      int bytes = first.getValue().bytes();
      if (used + bytes > limits.inboundRoom()) {
        return;
      }
      waiting.remove(next);
      admit(next, bytes, nowNanos);
      next.onRoom();
    }
  }
}
