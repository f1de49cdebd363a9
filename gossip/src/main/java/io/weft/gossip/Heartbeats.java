package io.weft.gossip;

import io.weft.gossip.wire.Extensions;
import java.util.LinkedHashMap;
import java.util.Map;

/** When which connection gets its next heartbeat (mesh.md 1.7). Conductor thread. */
final class Heartbeats implements Timed {
  private final EventTime time;
  private final boolean extensions;

  // In the order in which they are due, since all of one map have the same interval.
  private final Map<MeshLink, Long> usual = new LinkedHashMap<>();
  private final Map<MeshLink, Long> pulse = new LinkedHashMap<>();

  /**
   * Prepares for connections.
   *
   * @param extensions whether this router announces extensions
   */
  Heartbeats(EventTime time, boolean extensions) {
    this.time = time;
    this.extensions = extensions;
  }

  void add(MeshLink link) {
    String announced = link.handshaken().features().all().get(Extensions.KEY);
    if (extensions && Extensions.names(announced, Extensions.PULSE)) {
      pulse.put(link, time.nanos() + MeshConstants.PULSE_NANOS);
    } else {
      usual.put(link, time.nanos() + MeshConstants.HEARTBEAT_NANOS);
    }
  }

  void remove(MeshLink link) {
    usual.remove(link);
    pulse.remove(link);
  }

  @Override
  public long nextDeadlineNanos() {
    return Deadline.earlier(first(usual), first(pulse));
  }

  @Override
  public void onTime() {
    send(usual, MeshConstants.HEARTBEAT_NANOS);
    send(pulse, MeshConstants.PULSE_NANOS);
  }

  private void send(Map<MeshLink, Long> due, long intervalNanos) {
    while (first(due) != NEVER && first(due) - time.nanos() <= 0) {
      MeshLink link = due.keySet().iterator().next();
      due.remove(link);
      due.put(link, time.nanos() + intervalNanos);
      link.queue().heartbeat();
    }
  }

  private static long first(Map<MeshLink, Long> due) {
    return due.isEmpty() ? NEVER : due.values().iterator().next();
  }
}
