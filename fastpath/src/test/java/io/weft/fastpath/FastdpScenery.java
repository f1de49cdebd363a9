package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderLog;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.topology.TestRoutes;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.Ipv4Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Predicate;

/** A router's overlay on a {@link KernelGround}, and its connection with the first neighbour. */
final class FastdpScenery {
  private static final long UID = 0x1e2c3e485e6c7e80L;

  private FastdpScenery() {}

  /** Knows these peers by their short ids, and {@code peer} as its only neighbour. */
  static FastdpOverlay overlay(
      KernelPath path,
      Predicate<Runnable> conductor,
      SortedMap<Integer, PeerName> peers,
      PeerName self,
      PeerName peer)
      throws IOException {
    FastdpOverlay overlay =
        new FastdpOverlay(
            path,
            KernelGround.PORT - 1,
            KernelGround.MTU,
            false,
            EspSupport.unused(),
            new EventTime(7_000, 0),
            conductor,
            new Nobody());
    overlay.sync(peers, TestRoutes.full(self, peer), Map.of());
    return overlay;
  }

  /** A connection that {@code self} has opened to Weave Net's router at the first neighbour. */
  static Forwarder forwarder(FastdpOverlay overlay, PeerName self, PeerName peer, int shortId)
      throws IOException {
    RemoteFeatures features =
        new RemoteFeatures(peer, "", 1, 1, shortId, false, "fastdp sleeve", Map.of());
    InetSocketAddress here = socketAddress(KernelGround.HERE, 50_000);
    InetSocketAddress there = socketAddress(KernelGround.FIRST, KernelGround.PORT - 1);
    ForwarderParameters parameters =
        new ForwarderParameters(self, peer, UID, null, true, here, there, features);
    try {
      return overlay.prepare(parameters, new ForwarderLog(new ArrayList<>()));
    } catch (OverlayException e) {
      throw new IOException(e);
    }
  }

  private static InetSocketAddress socketAddress(Ipv4Address address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address.toString()), port);
  }

  private static final class Nobody implements KernelListener {
    @Override
    public void learnedByKernel(long mac, PeerName owner) {}

    @Override
    public void carries(int mtuBytes) {}

    @Override
    public void changed() {}
  }
}
