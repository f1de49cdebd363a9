package io.weft.sleeve;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.NamespaceAction;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The least of a router: one connection, and a conductor that runs when {@link #turn} is called.
 * Two of them make a mesh.
 */
public abstract class LeastRouter implements FrameSink, ForwarderEvents, AutoCloseable {
  /** When it began. */
  protected final long startNanos = System.nanoTime();

  /** The conductor's time. */
  protected final EventTime time = new EventTime(startNanos, 0);

  /** What waits for the conductor. */
  protected final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();

  /** Its name in the mesh. */
  protected final PeerName name;

  private final InetSocketAddress address;
  private final List<String> reports = new ArrayList<>();
  private @Nullable NetworkNamespace home;
  private @Nullable Forwarder forwarder;
  private @Nullable LeastRouter peer;
  private boolean established;

  /** A router that is to listen at {@code address}. */
  protected LeastRouter(long name, InetSocketAddress address) {
    this.name = new PeerName(name);
    this.address = address;
  }

  /** What carries the frames. */
  protected abstract Overlay carrier();

  /** What its neighbour knows of it. */
  protected abstract RemoteFeatures features();

  /** What time it is for the conductor. */
  protected abstract long nanos();

  /** Has everything run in this namespace, if any. */
  protected final void settle(@Nullable NetworkNamespace namespace) {
    home = namespace;
  }

  /** Prepares both ends of a connection that {@code dialler} has dialled. */
  public static void connect(
      LeastRouter dialler,
      LeastRouter acceptor,
      byte @Nullable [] diallerKey,
      byte @Nullable [] acceptorKey)
      throws OverlayException {
    connect(dialler, acceptor, diallerKey, acceptorKey, Vectors.CONNECTION_UID);
  }

  /** The same of a connection with this uid. */
  static void connect(
      LeastRouter dialler,
      LeastRouter acceptor,
      byte @Nullable [] diallerKey,
      byte @Nullable [] acceptorKey,
      long connectionUid)
      throws OverlayException {
    InetSocketAddress ephemeral = new InetSocketAddress(dialler.address.getAddress(), 45_295);
    dialler.prepare(acceptor, true, ephemeral, acceptor.address, diallerKey, connectionUid);
    acceptor.prepare(dialler, false, acceptor.address, ephemeral, acceptorKey, connectionUid);
  }

  /** Where it listens. */
  public final InetSocketAddress address() {
    return address;
  }

  /** Its end of the connection. */
  public final Forwarder forwarder() {
    Forwarder prepared = forwarder;
    if (prepared == null) {
      throw new IllegalStateException("not prepared");
    }
    return prepared;
  }

  /** Whether the overlay has said that frames arrive. */
  public final boolean isEstablished() {
    return established;
  }

  /** What else the overlay has said, the oldest first. */
  public final List<String> reports() {
    return reports;
  }

  /** Has the conductor confirm the connection. */
  public void confirm() {
    events.add(() -> forwarder().confirm());
  }

  /** Runs the events that wait and the timers that are due. */
  public final void turn() {
    time.advanceTo(nanos(), 0);
    for (Runnable event = events.poll(); event != null; event = events.poll()) {
      run(event);
    }
    Forwarder prepared = forwarder;
    if (prepared != null && prepared.nextDeadlineNanos() <= time.nanos()) {
      run(prepared::onTime);
    }
  }

  /** Value of the neighbour's name, 0 before there is one. */
  protected final long peerName() {
    LeastRouter connected = peer;
    return connected == null ? 0 : connected.name.value();
  }

  /** Does something in the namespace. */
  protected final void atHome(NamespaceAction<IOException> action) throws IOException {
    NetworkNamespace namespace = home;
    if (namespace == null) {
      action.perform();
    } else {
      namespace.perform(action);
    }
  }

  @Override
  public final void established() {
    established = true;
  }

  @Override
  public final void healthy(boolean healthy) {
    reports.add("healthy " + healthy);
  }

  @Override
  public final void failed(String reason) {
    reports.add("failed " + reason);
  }

  @Override
  public void sendControl(int subTag, byte[] body) {
    LeastRouter to = peer;
    if (to != null) {
      to.events.add(() -> to.forwarder().onControl(subTag, body));
    }
  }

  @Override
  public void close() {
    if (forwarder != null) {
      forwarder.stop();
    }
  }

  private void run(Runnable event) {
    try {
      atHome(event::run);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void prepare(
      LeastRouter remote,
      boolean outbound,
      InetSocketAddress localTcp,
      InetSocketAddress remoteTcp,
      byte @Nullable [] key,
      long connectionUid)
      throws OverlayException {
    peer = remote;
    forwarder =
        carrier()
            .prepare(
                new ForwarderParameters(
                    name,
                    remote.name,
                    connectionUid,
                    key,
                    outbound,
                    localTcp,
                    remoteTcp,
                    remote.features()),
                this);
  }
}
