package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Logs and counts each contradiction once, not once per message. Bounded. Conductor thread only.
 */
final class ContradictionLog {
  private static final Logger LOG = System.getLogger(ContradictionLog.class.getName());
  private static final int MAX_REMEMBERED = 1024;

  /** Lines within the time that a contradiction is remembered. */
  private static final int MAX_LOGGED = 50;

  private static final long REMEMBERED_NANOS = 600_000_000_000L;

  private record Key(Contradiction.Kind kind, long token, PeerName other) {}

  private final EventTime time;
  private final Nicknames nicknames;
  private final Map<Key, Long> seenAtNanos = new LinkedHashMap<>(16, 0.75f, true);
  private long count;

  ContradictionLog(EventTime time, Nicknames nicknames) {
    this.time = time;
    this.nicknames = nicknames;
  }

  /** Takes note of a contradiction in a ring that some peer has sent. */
  void report(Contradiction found, PeerName sender) {
    forgetOld();
    Key key = new Key(found.kind(), found.token(), found.other());
    if (seenAtNanos.put(key, time.nanos()) != null) {
      return;
    }
    count++;
    if (seenAtNanos.size() > MAX_REMEMBERED) {
      seenAtNanos.remove(seenAtNanos.keySet().iterator().next());
    }
    if (seenAtNanos.size() > MAX_LOGGED) {
      if (seenAtNanos.size() == MAX_LOGGED + 1) {
        LOG.log(Level.WARNING, "more contradictions than can be shown; they are only counted");
      }
      return;
    }
    LOG.log(
        Level.WARNING,
        "contradiction about {0}, {1}: {2} (ring of {3})",
        found.ranges(),
        found.isLost() ? "which we no longer own" : outcome(found),
        found.text(),
        nicknames.describe(sender));
  }

  private static String outcome(Contradiction found) {
    return found.isAboutOwnership()
        ? "now in quarantine"
        : "where only the count of free addresses is wrong";
  }

  private void forgetOld() {
    Iterator<Long> oldestFirst = seenAtNanos.values().iterator();
    while (oldestFirst.hasNext() && time.nanos() - oldestFirst.next() > REMEMBERED_NANOS) {
      oldestFirst.remove();
    }
  }

  /** Contradictions since the start. */
  long count() {
    return count;
  }
}
