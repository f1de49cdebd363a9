package io.weft.sleeve.v2;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.NamespaceAction;
import io.weft.linux.NetworkNamespace;
import io.weft.sleeve.SleeveOverlay;
import io.weft.sleeve.VnetBridgePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

/**
 * The least of a router around {@code sleeve2}: one connection, a conductor that runs when {@link
 * #turn} is called, and a list of what arrives. Two of them make a mesh.
 */
final class Sleeve2Router implements FrameSink, ForwarderEvents, AutoCloseable {
  static final long UID = 0x1e2c3e485e6c7e80L;

  private final PeerName name;
  private final InetSocketAddress address;
  private final SleeveOverlay sleeve;
  private final long startNanos = System.nanoTime();
  private final EventTime time = new EventTime(startNanos, 0);
  private final LinkedBlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final FrameBatch outgoing = new FrameBatch(64, 256 * 1024);
  private final @Nullable NetworkNamespace home;
  private long skippedNanos;
  private @Nullable Forwarder forwarder;
  private @Nullable Sleeve2Router peer;
  private Overlay carrier;
  private volatile @Nullable BridgePort port;

  final Sleeve2Overlay overlay;
  final ConcurrentLinkedQueue<Frame> received = new ConcurrentLinkedQueue<>();
  final List<String> reports = new ArrayList<>();
  final List<byte[]> controls = new ArrayList<>();
  boolean established;

  /** A frame that arrived. */
  record Frame(long source, long destination, long offload, byte[] bytes) {}

  Sleeve2Router(
      long name, InetSocketAddress address, boolean aes, @Nullable NetworkNamespace home) {
    this.name = new PeerName(name);
    this.address = address;
    this.home = home;
    sleeve = new SleeveOverlay(address, time, events::offer);
    overlay = new Sleeve2Overlay(sleeve, time, events::offer, new SplittableRandom(name), aes);
    carrier = overlay;
  }

  /** Has the compatible overlay carry instead. */
  Sleeve2Router compatible() {
    carrier = sleeve;
    return this;
  }

  /** Carries what this port captures, and injects what arrives instead of listing it. */
  void bridge(BridgePort to) throws IOException {
    port = to;
    if (to instanceof VnetBridgePort tap) {
      sleeve.carry(tap);
    }
    to.start(this, Assertions::fail);
  }

  SleeveOverlay sleeve() {
    return sleeve;
  }

  void start() throws IOException {
    overlay.start(this);
    atHome(() -> sleeve.start(this, Assertions::fail));
  }

  /** Prepares both ends of a connection that {@code dialler} has dialled. */
  static void connect(
      Sleeve2Router dialler,
      Sleeve2Router acceptor,
      byte @Nullable [] diallerKey,
      byte @Nullable [] acceptorKey)
      throws OverlayException {
    InetSocketAddress ephemeral = new InetSocketAddress(dialler.address.getAddress(), 45_295);
    dialler.prepare(acceptor, true, ephemeral, acceptor.address, diallerKey);
    acceptor.prepare(dialler, false, acceptor.address, ephemeral, acceptorKey);
  }

  InetSocketAddress address() {
    return address;
  }

  Forwarder forwarder() {
    Forwarder prepared = forwarder;
    if (prepared == null) {
      throw new IllegalStateException("not prepared");
    }
    return prepared;
  }

  void confirm() {
    events.add(() -> forwarder().confirm());
  }

  /** Lets time pass at once. */
  void skip(long nanos) {
    skippedNanos += nanos;
  }

  /** Runs the events that wait and the timers that are due. */
  void turn() {
    time.advanceTo(System.nanoTime() + skippedNanos, 0);
    for (Runnable event = events.poll(); event != null; event = events.poll()) {
      run(event);
    }
    Forwarder prepared = forwarder;
    if (prepared != null && prepared.nextDeadlineNanos() <= time.nanos()) {
      run(prepared::onTime);
    }
  }

  /** Sends one frame to the peer as the capture lane would; false when it is not taken. */
  boolean send(byte[] frame) {
    return send(frame, Offload.NONE, name.value(), peer == null ? 0 : peer.name.value());
  }

  boolean send(byte[] frame, long offload, long source, long destination) {
    outgoing.clear();
    outgoing.slab().put(outgoing.nextOffset(), frame);
    outgoing.append(frame.length, offload, 0, 0);
    boolean taken = forwarder().forward(Lanes.CAPTURE, outgoing, 0, source, destination, false);
    forwarder().flush(Lanes.CAPTURE);
    return taken;
  }

  long count(Sleeve2Counter counter) {
    return overlay.counters().get(counter);
  }

  @Override
  public void captured(int lane, FrameBatch frames) {
    Sleeve2Router to = peer;
    if (to == null) {
      throw new IllegalStateException("nothing captures before there is a peer");
    }
    for (int i = 0; i < frames.count(); i++) {
      forwarder().forward(lane, frames, i, name.value(), to.name.value(), false);
    }
    forwarder().flush(lane);
  }

  @Override
  public void received(int lane, FrameBatch frames) {
    BridgePort to = port;
    if (to != null) {
      for (int i = 0; i < frames.count(); i++) {
        to.inject(lane, frames, i);
      }
      to.flush(lane);
      return;
    }
    for (int i = 0; i < frames.count(); i++) {
      byte[] bytes = new byte[frames.length(i)];
      frames.slab().get(frames.offset(i), bytes);
      received.add(
          new Frame(frames.sourcePeer(i), frames.destinationPeer(i), frames.offload(i), bytes));
    }
  }

  @Override
  public void established() {
    established = true;
  }

  @Override
  public void healthy(boolean healthy) {
    reports.add("healthy " + healthy);
  }

  @Override
  public void failed(String reason) {
    reports.add("failed " + reason);
  }

  @Override
  public void sendControl(int subTag, byte[] body) {
    controls.add(body);
    Sleeve2Router to = peer;
    if (to != null) {
      to.events.add(() -> to.forwarder().onControl(subTag, body));
    }
  }

  @Override
  public void close() {
    if (forwarder != null) {
      forwarder.stop();
    }
    sleeve.close();
  }

  private void run(Runnable event) {
    try {
      atHome(event::run);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void atHome(NamespaceAction<IOException> action) throws IOException {
    NetworkNamespace namespace = home;
    if (namespace == null) {
      action.perform();
    } else {
      namespace.perform(action);
    }
  }

  private void prepare(
      Sleeve2Router remote,
      boolean outbound,
      InetSocketAddress localTcp,
      InetSocketAddress remoteTcp,
      byte @Nullable [] key)
      throws OverlayException {
    peer = remote;
    Map<String, String> announced = new TreeMap<>();
    remote.overlay.addFeatures(announced);
    RemoteFeatures features =
        new RemoteFeatures(remote.name, "peer", 1, 2, null, false, "sleeve2 sleeve", announced);
    forwarder =
        carrier.prepare(
            new ForwarderParameters(
                name, remote.name, UID, key, outbound, localTcp, remoteTcp, features),
            this);
  }
}
