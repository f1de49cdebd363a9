package io.weft.gossip.netty;

import io.weft.gossip.wire.CloseCause;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counters of the shell, written by the event loop and read by anybody. */
final class TransportMetrics {
  final LongAdder accepted = new LongAdder();
  final LongAdder dialled = new LongAdder();
  final LongAdder dialFailures = new LongAdder();
  final LongAdder handshakes = new LongAdder();
  final LongAdder bytesIn = new LongAdder();
  final LongAdder bytesOut = new LongAdder();
  private final Map<Refusal, LongAdder> refused = adders(Refusal.class);
  private final Map<Cutoff, LongAdder> cutoffs = adders(Cutoff.class);
  private final Map<CloseCause, LongAdder> handshakeFailures = adders(CloseCause.class);

  void refused(Refusal refusal) {
    increment(refused, refusal);
  }

  void handshakeFailed(CloseCause cause) {
    increment(handshakeFailures, cause);
  }

  void cutOff(Cutoff cutoff) {
    increment(cutoffs, cutoff);
  }

  MeshTransportCounters snapshot(int links) {
    return new MeshTransportCounters(
        links,
        accepted.sum(),
        dialled.sum(),
        dialFailures.sum(),
        handshakes.sum(),
        sums(Refusal.class, refused),
        sums(CloseCause.class, handshakeFailures),
        sums(Cutoff.class, cutoffs),
        bytesIn.sum(),
        bytesOut.sum());
  }

  private static <K extends Enum<K>> void increment(Map<K, LongAdder> adders, K key) {
    LongAdder adder = adders.get(key);
    if (adder != null) {
      adder.increment();
    }
  }

  private static <K extends Enum<K>> Map<K, LongAdder> adders(Class<K> type) {
    Map<K, LongAdder> adders = new EnumMap<>(type);
    for (K key : type.getEnumConstants()) {
      adders.put(key, new LongAdder());
    }
    return adders;
  }

  private static <K extends Enum<K>> Map<K, Long> sums(Class<K> type, Map<K, LongAdder> adders) {
    Map<K, Long> sums = new EnumMap<>(type);
    adders.forEach((key, adder) -> sums.put(key, adder.sum()));
    return sums;
  }
}
