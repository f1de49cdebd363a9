package io.weft.gossip;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The counts of {@link MeshMetric}. Conductor thread only. */
final class Counters {
  private final Map<MeshMetric, Long> counts = new EnumMap<>(MeshMetric.class);

  Counters() {
    for (MeshMetric metric : MeshMetric.values()) {
      counts.put(metric, 0L);
    }
  }

  void increment(MeshMetric metric) {
    add(metric, 1);
  }

  void add(MeshMetric metric, long count) {
    counts.merge(metric, count, Long::sum);
  }

  SortedMap<MeshMetric, Long> snapshot() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(counts));
  }
}
