package io.weft.router;

import io.weft.fastpath.EspRules;
import io.weft.fastpath.EspSupport;
import io.weft.fastpath.FastdpOverlay;
import io.weft.fastpath.KernelListener;
import io.weft.fastpath.KernelLook;
import io.weft.fastpath.KernelMac;
import io.weft.fastpath.KernelPath;
import io.weft.gossip.EventTime;
import io.weft.gossip.Mesh;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.topology.Topology;
import io.weft.linux.LinuxException;
import io.weft.router.forwarding.ForwardingPlane;
import io.weft.router.forwarding.MacEntry;
import io.weft.router.forwarding.MacTable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the kernel's tables and the router's in step: routes, short ids and the choice of overlays
 * go down, addresses go both ways. Conductor thread.
 */
final class KernelForwarding implements KernelListener, ForwardingPlane.KernelLearning {
  private static final System.Logger LOGGER = System.getLogger(KernelForwarding.class.getName());
  private static final long REFRESH_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final PeerName self;
  private final MacTable macTable;
  private final Runnable onChange;
  private final @Nullable IntConsumer onMtu;
  private final FastdpOverlay overlay;

  private KernelForwarding(
      HostSetup host,
      KernelPath path,
      int meshPort,
      EventTime time,
      Predicate<Runnable> conductor,
      EspRules rules,
      MacTable macTable,
      Runnable onChange,
      @Nullable IntConsumer onMtu)
      throws IOException {
    this.onMtu = onMtu;
    self = host.name();
    this.macTable = macTable;
    this.onChange = onChange;
    EspSupport esp = host.datapath().esp();
    esp.filterBy(rules);
    overlay =
        new FastdpOverlay(
            path, meshPort, host.datapath().mtuBytes(), onMtu != null, esp, time, conductor, this);
    macTable.beforeSweep(this::refreshMacs);
  }

  /**
   * What keeps the kernel of a host in step; null when that does not forward.
   *
   * @param onMtu told what the bridge may have, in bytes; null when it is not to be changed
   */
  static @Nullable KernelForwarding of(
      HostSetup host,
      int meshPort,
      EventTime time,
      Predicate<Runnable> conductor,
      EspRules rules,
      MacTable macTable,
      Runnable onChange,
      @Nullable IntConsumer onMtu)
      throws IOException {
    KernelPath path = host.datapath().kernel();
    return path == null
        ? null
        : new KernelForwarding(
            host, path, meshPort, time, conductor, rules, macTable, onChange, onMtu);
  }

  FastdpOverlay overlay() {
    return overlay;
  }

  /** Keeps the short id that the kernels of other hosts still know us by. */
  void keepShortId(Mesh mesh) throws LinuxException {
    overlay.shortIdInUse().ifPresent(mesh::preferShortId);
  }

  /** Tells the kernel of new routes or another choice of overlays. */
  void sync(Mesh mesh, Routes routes, Map<PeerName, List<Forwarder>> forwarders) {
    overlay.sync(peersByShortId(mesh), routes, forwarders);
  }

  /** As {@link FastdpOverlay#look}; empty when the kernel does not answer. */
  Optional<KernelLook> look(
      PeerName source, long mac, @Nullable PeerName last, @Nullable PeerName before) {
    try {
      return overlay.look(source, mac, last, before);
    } catch (LinuxException e) {
      LOGGER.log(Level.WARNING, "a trace does not see the kernel''s tables: {0}", e.getMessage());
      return Optional.empty();
    }
  }

  /** All peers that have a short id, ourselves included. */
  static SortedMap<Integer, PeerName> peersByShortId(Mesh mesh) {
    SortedMap<Integer, PeerName> peers = new TreeMap<>();
    for (int shortId = 0; shortId < Topology.MAX_PEERS; shortId++) {
      int known = shortId;
      mesh.peerOfShortId(shortId).ifPresent(peer -> peers.put(known, peer));
    }
    return peers;
  }

  @Override
  public void learned(long mac, PeerName owner) {
    overlay.learned(mac, owner);
  }

  @Override
  public void learnedByKernel(long mac, PeerName owner) {
    if (owner.equals(self)) {
      macTable.moveHere(mac);
    } else {
      macTable.learnRemote(mac, owner.value());
    }
  }

  @Override
  public void carries(int mtuBytes) {
    if (onMtu != null) {
      onMtu.accept(mtuBytes);
    }
  }

  @Override
  public void changed() {
    onChange.run();
  }

  private void refreshMacs() {
    for (KernelMac mac : overlay.macs()) {
      PeerName owner = mac.owner();
      if (owner == null) {
        continue;
      }
      MacEntry known = macTable.find(mac.mac());
      if (known == null) {
        learnedByKernel(mac.mac(), owner);
      } else if (known.peer() == owner.value()) {
        macTable.seen(mac.mac(), owner.value(), mac.seenNanos());
        boolean stale = known.lastSeenNanos() - mac.seenNanos() > REFRESH_NANOS;
        if (stale && !owner.equals(self)) {
          overlay.learned(mac.mac(), owner);
        }
      }
    }
    overlay.expireMacs();
  }
}
