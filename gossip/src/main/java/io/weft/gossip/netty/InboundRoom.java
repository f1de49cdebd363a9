package io.weft.gossip.netty;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Memory for large messages, shared by all links: two hundred that have sent all but the last byte
 * of a message would otherwise cost two gigabytes. Whoever has had least of it comes first. Owned
 * by the event loop.
 */
final class InboundRoom {
  /** A link, as far as its large messages are concerned. */
  interface Guest {
    /** The message for which it waits may arrive now. */
    void onRoom();

    /** Its message takes too long while others wait. */
    void onRoomLost();
  }

  private record Stay(int bytes, long since) {}

  private final LinkLimits limits;
  private final Map<Guest, Integer> waiting = new LinkedHashMap<>();
  private final Map<Guest, Stay> arriving = new LinkedHashMap<>();
  private final Map<Guest, Long> served = new LinkedHashMap<>();
  private long used;

  InboundRoom(LinkLimits limits) {
    this.limits = limits;
  }

  /** Asks for memory; true when it may be used at once, or {@link Guest#onRoom} says when. */
  boolean enter(Guest guest, int bytes, long nowNanos) {
    if (waiting.isEmpty() && used + bytes <= limits.inboundRoom()) {
      admit(guest, bytes, nowNanos);
      return true;
    }
    waiting.put(guest, bytes);
    return false;
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
    served.remove(guest);
    free(arrived(guest), nowNanos);
  }

  /** Ends those who hold room for too long while others wait. */
  void onTick(long nowNanos) {
    if (waiting.isEmpty()) {
      return;
    }
    List<Guest> late = new ArrayList<>();
    arriving.forEach((guest, stay) -> {
      if (nowNanos - stay.since() >= limits.messageNanos()) {
        late.add(guest);
      }
    });
    late.forEach(Guest::onRoomLost);
  }

  private void admit(Guest guest, int bytes, long nowNanos) {
    used += bytes;
    arriving.put(guest, new Stay(bytes, nowNanos));
    served.merge(guest, (long) bytes, Long::sum);
  }

  private void admitWaiting(long nowNanos) {
    Guest next = leastServed();
    while (next != null) {
      int bytes = waiting.getOrDefault(next, 0);
      if (used + bytes > limits.inboundRoom()) {
        return;
      }
      waiting.remove(next);
      admit(next, bytes, nowNanos);
      next.onRoom();
      next = leastServed();
    }
  }

  private @Nullable Guest leastServed() {
    Guest least = null;
    long leastBytes = Long.MAX_VALUE;
    for (Guest guest : waiting.keySet()) {
      long bytes = served.getOrDefault(guest, 0L);
      if (bytes < leastBytes) {
        least = guest;
        leastBytes = bytes;
      }
    }
    return least;
  }
}
