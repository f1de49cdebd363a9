package io.weft.tests.simulation;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What must never happen and did, each once, with the virtual time of its first occurrence. */
final class Violations {
  /** More than this of one run tell nothing new. */
  private static final int MAX_KEPT = 20;

  private final Schedule schedule;
  private final Set<String> seen = new LinkedHashSet<>();
  private final List<String> lines = new ArrayList<>();

  Violations(Schedule schedule) {
    this.schedule = schedule;
  }

  /** Counts a violation unless it was counted before. */
  void add(String what) {
    if (seen.size() < MAX_KEPT && seen.add(what)) {
      lines.add("at %.3f s: %s".formatted((double) schedule.nowNanos() / Schedule.SECOND, what));
    }
  }

  /** In order of time. */
  List<String> lines() {
    return List.copyOf(lines);
  }
}
