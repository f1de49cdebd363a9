package io.weft.ipam;

import io.weft.gossip.Timed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** When waiting requests end by themselves, soonest first. Conductor thread only. */
final class Deadlines {
  private record Deadline(long nanos, long order, Request request) implements Comparable<Deadline> {
    @Override
    public int compareTo(Deadline other) {
      return nanos != other.nanos
          ? Long.compare(nanos, other.nanos)
          : Long.compare(order, other.order);
    }
  }

  private final TreeSet<Deadline> sorted = new TreeSet<>();
  private final Map<Request, Deadline> ofRequest = new HashMap<>();
  private long count;

  /** Gives a request a deadline. */
  void set(Request request, long nanos) {
    remove(request);
    Deadline deadline = new Deadline(nanos, count++, request);
    ofRequest.put(request, deadline);
    sorted.add(deadline);
  }

  /** Takes a request's deadline away, if it has one. */
  void remove(Request request) {
    Deadline deadline = ofRequest.remove(request);
    if (deadline != null) {
      sorted.remove(deadline);
    }
  }

  /** The soonest deadline. */
  long next() {
    return sorted.isEmpty() ? Timed.NEVER : sorted.first().nanos;
  }

  /** Removes and answers those whose time has come. */
  List<Request> due(long nowNanos) {
    List<Request> due = new ArrayList<>();
    while (!sorted.isEmpty() && sorted.first().nanos - nowNanos <= 0) {
      Request request = sorted.first().request;
      remove(request);
      due.add(request);
    }
    return due;
  }
}
