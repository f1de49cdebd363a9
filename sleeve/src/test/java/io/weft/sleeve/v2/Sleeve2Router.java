package io.weft.sleeve.v2;

import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.NetworkNamespace;
import io.weft.sleeve.LeastRouter;
import io.weft.sleeve.SleeveOverlay;
import io.weft.sleeve.VnetBridgePort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

/** A router around {@code sleeve2}, with a list of what arrives. */
final class Sleeve2Router extends LeastRouter {
  private final SleeveOverlay sleeve;
  private final FrameBatch outgoing = new FrameBatch(64, 256 * 1024);
  private long skippedNanos;
  private Overlay carrier;
  private volatile @Nullable BridgePort port;

  final Sleeve2Overlay overlay;
  final ConcurrentLinkedQueue<Frame> received = new ConcurrentLinkedQueue<>();

  /** A frame that arrived. */
  record Frame(int lane, long source, long destination, long offload, byte[] bytes) {}

  Sleeve2Router(
      long name, InetSocketAddress address, boolean aes, @Nullable NetworkNamespace home) {
    this(name, address, aes, 1, home);
  }

  Sleeve2Router(
      long name,
      InetSocketAddress address,
      boolean aes,
      int workers,
      @Nullable NetworkNamespace home) {
    super(name, address);
    settle(home);
    sleeve = new SleeveOverlay(address, workers, time, events::offer);
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

  /** Lets time pass at once. */
  void skip(long nanos) {
    skippedNanos += nanos;
  }

  @Override
  protected Overlay carrier() {
    return carrier;
  }

  @Override
  protected RemoteFeatures features() {
    Map<String, String> announced = new TreeMap<>();
    overlay.addFeatures(announced);
    return new RemoteFeatures(name, "peer", 1, 2, null, false, "sleeve2 sleeve", announced);
  }

  @Override
  protected long nanos() {
    return System.nanoTime() + skippedNanos;
  }

  /** Sends one frame to the peer as the capture lane would; false when it is not taken. */
  boolean send(byte[] frame) {
    return send(frame, Offload.NONE, name.value(), peerName());
  }

  boolean send(byte[] frame, long offload, long source, long destination) {
    outgoing.clear();
    outgoing.slab().put(outgoing.nextOffset(), frame);
    outgoing.append(frame.length, offload, 0, 0);
    boolean taken = forwarder().forward(Lanes.CAPTURE, outgoing, 0, source, destination, false);
    forwarder().flush(Lanes.CAPTURE);
    return taken;
  }

  /** Sends one frame to the peer as the capture lane of a worker would. */
  boolean sendBy(int worker, byte[] frame) {
    int lane = Lanes.capture(worker);
    outgoing.clear();
    outgoing.add(frame, 0, frame.length, 0, 0);
    boolean taken = forwarder().forward(lane, outgoing, 0, name.value(), peerName(), false);
    forwarder().flush(lane);
    return taken;
  }

  long count(Sleeve2Counter counter) {
    return overlay.counters().get(counter);
  }

  @Override
  public void captured(int lane, FrameBatch frames) {
    long to = peerName();
    if (to == 0) {
      throw new IllegalStateException("nothing captures before there is a peer");
    }
    for (int i = 0; i < frames.count(); i++) {
      forwarder().forward(lane, frames, i, name.value(), to, false);
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
          new Frame(
              lane, frames.sourcePeer(i), frames.destinationPeer(i), frames.offload(i), bytes));
    }
  }

  @Override
  public void close() {
    super.close();
    sleeve.close();
  }
}
