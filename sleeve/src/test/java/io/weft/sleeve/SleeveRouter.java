package io.weft.sleeve;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Assertions;

/** A router around {@code sleeve}, with a list of the frames that arrive. */
final class SleeveRouter extends LeastRouter {
  private final FrameBatch outgoing = new FrameBatch(64, 256 * 1024);
  private int timeScale = 1;

  final SleeveOverlay overlay;
  final ConcurrentLinkedQueue<Frame> received = new ConcurrentLinkedQueue<>();

  /** Whether what takes frames has a fault. */
  volatile boolean faulty;

  /** Lanes on which frames have arrived. */
  final Set<Integer> lanes = ConcurrentHashMap.newKeySet();

  /** Sub-tags of the control messages sent. */
  final List<Integer> controls = new ArrayList<>();

  /** A frame that arrived. */
  record Frame(long source, long destination, byte[] bytes) {}

  SleeveRouter(long name, InetSocketAddress address) {
    this(name, address, CipherLibrary.best());
  }

  SleeveRouter(long name, InetSocketAddress address, CipherLibrary ciphers) {
    this(name, address, 1, ciphers);
  }

  SleeveRouter(long name, InetSocketAddress address, int workers, CipherLibrary ciphers) {
    super(name, address);
    overlay = new SleeveOverlay(address, workers, time, events::offer, ciphers);
  }

  /** Opens every socket in this namespace. */
  SleeveRouter in(NetworkNamespace home) {
    settle(home);
    return this;
  }

  /** Lets time pass faster, for what takes long. */
  SleeveRouter faster(int factor) {
    timeScale = factor;
    return this;
  }

  void start() throws IOException {
    atHome(() -> overlay.start(this, Assertions::fail));
  }

  @Override
  public void confirm() {
    super.confirm();
    turn();
  }

  long name() {
    return name.value();
  }

  Endpoint endpoint() {
    return Objects.requireNonNull(Endpoint.of(address()));
  }

  @Override
  protected Overlay carrier() {
    return overlay;
  }

  @Override
  protected RemoteFeatures features() {
    return new RemoteFeatures(name, "peer", 1, 2, null, false, "sleeve", Map.of());
  }

  @Override
  protected long nanos() {
    return startNanos + (System.nanoTime() - startNanos) * timeScale;
  }

  /** Sends one frame to the peer as the capture lane would. */
  void send(byte[] frame) {
    send(frame, false);
  }

  /** The same; {@code broadcast} says that other peers get copies, too. */
  void send(byte[] frame, boolean broadcast) {
    outgoing.clear();
    outgoing.add(frame, 0, frame.length, 0, 0);
    long destination = peerName();
    forwarder().forward(Lanes.CAPTURE, outgoing, 0, name.value(), destination, broadcast);
    forwarder().flush(Lanes.CAPTURE);
  }

  /** Sends frames of one vector. */
  void send(List<byte[]> frames) {
    outgoing.clear();
    long destination = peerName();
    for (byte[] frame : frames) {
      outgoing.add(frame, 0, frame.length, 0, 0);
      int last = outgoing.count() - 1;
      forwarder().forward(Lanes.CAPTURE, outgoing, last, name.value(), destination, false);
    }
    forwarder().flush(Lanes.CAPTURE);
  }

  long count(SleeveCounter counter) {
    return overlay.counters().get(counter);
  }

  @Override
  public void captured(int lane, FrameBatch frames) {
    throw new IllegalStateException("nothing captures here");
  }

  @Override
  public void received(int lane, FrameBatch frames) {
    if (faulty) {
      throw new IllegalStateException("as a fault in what takes frames");
    }
    lanes.add(lane);
    for (int i = 0; i < frames.count(); i++) {
      received.add(
          new Frame(
              frames.sourcePeer(i),
              frames.destinationPeer(i),
              Vectors.bytes(frames.slab(), frames.offset(i), frames.length(i))));
    }
  }

  @Override
  public void sendControl(int subTag, byte[] body) {
    controls.add(subTag);
    super.sendControl(subTag, body);
  }

  @Override
  public void close() {
    super.close();
    overlay.close();
  }
}
