package io.weft.sleeve;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.LinuxException;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

/**
 * The least of a router: an overlay with one connection, a conductor that runs when {@link #turn}
 * is called, and a list of the frames that arrive. Two of them make a mesh.
 */
final class SleeveRouter implements FrameSink, ForwarderEvents, AutoCloseable {
  private final PeerName name;
  private final InetSocketAddress address;
  private final long startNanos = System.nanoTime();
  private final EventTime time = new EventTime(startNanos, 0);
  private final LinkedBlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final FrameBatch outgoing = new FrameBatch(64, 256 * 1024);
  private @Nullable NetworkNamespace namespace;
  private int timeScale = 1;
  private @Nullable Forwarder forwarder;
  private @Nullable SleeveRouter peer;

  final SleeveOverlay overlay;
  final ConcurrentLinkedQueue<Frame> received = new ConcurrentLinkedQueue<>();
  final List<String> reports = new ArrayList<>();

  /** Sub-tags of the control messages sent. */
  final List<Integer> controls = new ArrayList<>();

  boolean established;

  /** A frame that arrived. */
  record Frame(long source, long destination, byte[] bytes) {}

  SleeveRouter(long name, InetSocketAddress address) {
    this(name, address, CipherLibrary.best());
  }

  SleeveRouter(long name, InetSocketAddress address, CipherLibrary ciphers) {
    this.name = new PeerName(name);
    this.address = address;
    overlay = new SleeveOverlay(address, time, events::offer, ciphers);
  }

  /** Opens every socket in this namespace. */
  SleeveRouter in(NetworkNamespace home) {
    namespace = home;
    return this;
  }

  /** Lets time pass faster, for what takes long. */
  SleeveRouter faster(int factor) {
    timeScale = factor;
    return this;
  }

  void start() throws IOException {
    NetworkNamespace home = namespace;
    if (home == null) {
      overlay.start(this, Assertions::fail);
    } else {
      home.run(() -> {
        overlay.start(this, Assertions::fail);
        return "started";
      });
    }
  }

  void confirm() {
    events.add(() -> forwarder().confirm());
    turn();
  }

  long name() {
    return name.value();
  }

  /** Prepares both ends of a connection that {@code dialler} has dialled. */
  static void connect(
      SleeveRouter dialler,
      SleeveRouter acceptor,
      byte @Nullable [] diallerKey,
      byte @Nullable [] acceptorKey)
      throws Exception {
    InetSocketAddress ephemeral = new InetSocketAddress(dialler.address.getAddress(), 45_295);
    dialler.prepare(acceptor, true, ephemeral, acceptor.address, diallerKey);
    acceptor.prepare(dialler, false, acceptor.address, ephemeral, acceptorKey);
  }

  Endpoint endpoint() {
    return Objects.requireNonNull(Endpoint.of(address));
  }

  Forwarder forwarder() {
    Forwarder prepared = forwarder;
    if (prepared == null) {
      throw new IllegalStateException("not prepared");
    }
    return prepared;
  }

  /** Runs the events that wait and the timers that are due. */
  void turn() {
    time.advanceTo(startNanos + (System.nanoTime() - startNanos) * timeScale, 0);
    for (Runnable event = events.poll(); event != null; event = events.poll()) {
      runAtHome(event);
    }
    if (forwarder != null && forwarder.nextDeadlineNanos() <= time.nanos()) {
      forwarder.onTime();
    }
  }

  /** Sends one frame to the peer as the capture lane would. */
  void send(byte[] frame) {
    send(frame, false);
  }

  /** The same; {@code broadcast} says that other peers get copies, too. */
  void send(byte[] frame, boolean broadcast) {
    outgoing.clear();
    outgoing.add(frame, 0, frame.length, 0, 0);
    long destination = peer == null ? 0 : peer.name();
    forwarder().forward(Lanes.CAPTURE, outgoing, 0, name.value(), destination, broadcast);
    forwarder().flush(Lanes.CAPTURE);
  }

  /** Sends frames of one vector. */
  void send(List<byte[]> frames) {
    outgoing.clear();
    long destination = peer == null ? 0 : peer.name();
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
    for (int i = 0; i < frames.count(); i++) {
      received.add(
          new Frame(
              frames.sourcePeer(i),
              frames.destinationPeer(i),
              Vectors.bytes(frames.slab(), frames.offset(i), frames.length(i))));
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
    controls.add(subTag);
    SleeveRouter to = peer;
    if (to != null) {
      to.events.add(() -> to.forwarder().onControl(subTag, body));
    }
  }

  @Override
  public void close() {
    if (forwarder != null) {
      forwarder.stop();
    }
    overlay.close();
  }

  private void runAtHome(Runnable event) {
    NetworkNamespace home = namespace;
    if (home == null) {
      event.run();
      return;
    }
    try {
      home.run(() -> {
        event.run();
        return "done";
      });
    } catch (LinuxException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void prepare(
      SleeveRouter remote,
      boolean outbound,
      InetSocketAddress localTcp,
      InetSocketAddress remoteTcp,
      byte @Nullable [] key)
      throws Exception {
    peer = remote;
    RemoteFeatures features =
        new RemoteFeatures(remote.name, "peer", 1, 2, null, false, "sleeve", Map.of());
    forwarder =
        overlay.prepare(
            new ForwarderParameters(
                name,
                remote.name,
                Vectors.CONNECTION_UID,
                key,
                outbound,
                localTcp,
                remoteTcp,
                features),
            this);
  }
}
