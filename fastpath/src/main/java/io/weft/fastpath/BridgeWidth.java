package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.topology.Routes;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Has the bridge become as wide as the ways to all peers, when they are equally wide; those as well
 * that another overlay is preferred on, which has no width of its own. Conductor thread.
 */
final class BridgeWidth implements Timed {
  private final int mtu;
  private final @Nullable IntConsumer onMtu;
  private final Collection<UserVxlanForwarder> confirmed;
  private final EventTime time;
  private final CommonMtu common;
  private Set<PeerName> others = Set.of();

  /**
   * A bridge of {@code mtu} bytes.
   *
   * @param onMtu told what the bridge may have; null when it is not to be changed
   * @param confirmed the ways there are at any time
   */
  BridgeWidth(
      int mtu,
      @Nullable IntConsumer onMtu,
      Collection<UserVxlanForwarder> confirmed,
      EventTime time) {
    this.mtu = mtu;
    this.onMtu = onMtu;
    this.confirmed = confirmed;
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
    Map<PeerName, Integer> ways = new HashMap<>();
    others.forEach(peer -> ways.put(peer, mtu));
    for (UserVxlanForwarder forwarder : confirmed) {
      ways.computeIfPresent(forwarder.parameters().remotePeer(), (_, _) -> forwarder.mtu());
    }
    if (common.update(ways.values(), time.nanos())) {
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
