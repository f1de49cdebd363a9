package io.weft.gossip;

import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.overlay.OverlayConnectionEvents;
import io.weft.gossip.overlay.OverlayHost;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.wire.Handshaken;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.RemoteFeatures;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGeneratorFactory;

/**
 * One mesh, and a shell around it that does nothing but note what it is asked for: for orders of
 * events that chance seldom brings. Its router is number 1.
 */
final class ScriptedShell implements MeshTransport, OverlayHost, MeshListener {
  private final EventTime time = new EventTime(0, 0);
  private final Mesh mesh;
  private final Map<Long, InetSocketAddress> dialled = new LinkedHashMap<>();
  private final Map<Long, String> closed = new LinkedHashMap<>();
  private final List<Long> reading = new ArrayList<>();
  private final Map<Long, List<MeshMessage>> sent = new LinkedHashMap<>();
  private final List<OverlayConnectionEvents> overlays = new ArrayList<>();
  private long lastLink = 100;

  ScriptedShell(SimulatedRouter.Options options) {
    MeshConfig config = options.config(new PeerName(1), "one", 11);
    mesh = new Mesh(config, time, RandomGeneratorFactory.getDefault().create(1), this, this, this);
    mesh.start();
  }

  Mesh mesh() {
    return mesh;
  }

  /** Virtual time since 1970. */
  long nowMillis() {
    return time.unixMillis();
  }

  /** Lets virtual time pass. */
  void run(Duration duration) {
    long endNanos = time.nanos() + duration.toNanos();
    while (mesh.nextDeadlineNanos() <= endNanos) {
      advanceTo(Math.max(time.nanos(), mesh.nextDeadlineNanos()));
      mesh.onTime();
    }
    advanceTo(endNanos);
  }

  private void advanceTo(long nanos) {
    time.advanceTo(nanos, nanos / 1_000_000);
  }

  /** Another router has dialled us: its handshake on a link is complete. */
  void accept(long link, int peer, long uid, long connectionUid) {
    handshake(link, false, SimulatedNetwork.address(peer), peer, uid, connectionUid);
  }

  /** Whoever answers a link that we have dialled has said who it is. */
  void answer(long link, int peer, long uid) {
    InetSocketAddress remote = dialled.getOrDefault(link, SimulatedNetwork.address(peer));
    handshake(link, true, remote, peer, uid, link);
  }

  private void handshake(
      long link,
      boolean outbound,
      InetSocketAddress remote,
      int peer,
      long uid,
      long connectionUid) {
    RemoteFeatures features =
        new RemoteFeatures(
            new PeerName(peer), "host" + peer, uid, 0, null, false, "sleeve", Map.of());
    InetSocketAddress local = SimulatedNetwork.address(1);
    mesh.onHandshaken(
        link, new Handshaken(2, outbound, local, remote, features, connectionUid, null));
  }

  /** The data plane of the connection that was prepared last works. */
  void establish() {
    overlays.getLast().established();
  }

  /** Links that were closed, with the reasons. */
  Map<Long, String> closed() {
    return closed;
  }

  /** Links that were added, in this order. */
  List<Long> reading() {
    return reading;
  }

  /** Links that we have dialled, with the addresses. */
  Map<Long, InetSocketAddress> dialled() {
    return dialled;
  }

  /** How many messages about the topology have left on a link. */
  long topologies(long link) {
    return sent.getOrDefault(link, List.of()).stream()
        .filter(m -> m instanceof MeshMessage.Gossip g && g.channel().equals("topology"))
        .count();
  }

  @Override
  public long dial(InetSocketAddress address) {
    dialled.put(++lastLink, address);
    return lastLink;
  }

  @Override
  public void startReading(long link) {
    reading.add(link);
  }

  @Override
  public boolean isWritable(long link) {
    return true;
  }

  @Override
  public void send(long link, MeshMessage message) {
    sent.computeIfAbsent(link, number -> new ArrayList<>()).add(message);
  }

  @Override
  public void close(long link, String reason) {
    closed.put(link, reason);
  }

  @Override
  public void addFeatures(Map<String, String> features) {}

  @Override
  public OverlayConnection prepare(ForwarderParameters parameters, OverlayConnectionEvents events) {
    overlays.add(events);
    return new SilentOverlay(() -> {});
  }

  @Override
  public void routesChanged(Routes routes) {}

  @Override
  public void peerGone(PeerName peer) {}

  @Override
  public void shortIdsInvalidated() {}
}
