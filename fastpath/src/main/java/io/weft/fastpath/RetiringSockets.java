package io.weft.fastpath;

import io.weft.gossip.Timed;
import io.weft.linux.UdpSocket;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Sockets of forwarders that have ended, which a lane may still be about to use for a while. */
final class RetiringSockets {
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();

  private record Entry(@Nullable UdpSocket[] sockets, long untilNanos) {}

  /** Has sockets closed when no lane can have a table any more that names their forwarder. */
  void add(@Nullable UdpSocket[] sockets, long nowNanos) {
    entries.add(new Entry(sockets, nowNanos + FastdpProtocol.LANES_DONE_NANOS));
  }

  long nextDeadlineNanos() {
    Entry first = entries.peek();
    return first == null ? Timed.NEVER : first.untilNanos();
  }

  void closeDue(long nowNanos) {
    for (Entry first = entries.peek();
        first != null && first.untilNanos() - nowNanos <= 0;
        first = entries.peek()) {
      entries.remove();
      for (UdpSocket socket : first.sockets()) {
        if (socket != null) {
          socket.close();
        }
      }
    }
  }
}
