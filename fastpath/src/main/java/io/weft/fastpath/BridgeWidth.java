package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.topology.Routes;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Has the bridge become as wide as the ways to all peers, when they are equally wide. Conductor
 * thread.
 */
final class BridgeWidth implements Timed {
  private final @Nullable IntConsumer onMtu;
  private final ToIntFunction<PeerName> way;
  private final EventTime time;
  private final CommonMtu common;
  private Set<PeerName> others = Set.of();

  /**
   * A bridge of {@code mtu} bytes.
   *
   * @param onMtu told what the bridge may have; null when it is not to be changed
   * @param way what passes to a peer at any time, in bytes; {@code mtu} when it is not reached
   *     directly or nothing is known
   */
  BridgeWidth(int mtu, @Nullable IntConsumer onMtu, ToIntFunction<PeerName> way, EventTime time) {
    this.onMtu = onMtu;
    this.way = way;
    this.time = time;
    common = new CommonMtu(mtu);
  }

  /** Other peers may be there. */
  void update(Routes routes) {
    others = new TreeSet<>(routes.unicastTable().keySet());
    others.remove(routes.self());
    update();
  }

  /** A way may be another or have another width. */
  void update() {
    if (onMtu == null) {
      return;
    }
    List<Integer> ways = others.stream().map(way::applyAsInt).toList();
    if (common.update(ways, time.nanos())) {
      onMtu.accept(common.present());
    }
  }

  @Override
  public long nextDeadlineNanos() {
    return common.nextDeadlineNanos();
  }

  @Override
  public void onTime() {
    if (common.nextDeadlineNanos() - time.nanos() <= 0) {
      update();
    }
  }
}
