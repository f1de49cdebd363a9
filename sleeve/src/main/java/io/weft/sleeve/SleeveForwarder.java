package io.weft.sleeve;

import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.gossip.overlay.PathStatistics;
import io.weft.linux.Errno;
import io.weft.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The user-space overlay of one mesh connection. The conductor runs its {@link SleeveConnection};
 * data lanes read what that publishes and send with buffers of their own (overlay.md B.10).
 */
final class SleeveForwarder
    implements Forwarder, SocketOwner, SleeveConnection.Shell, LaneSender.Link {
  private final SleeveOverlay overlay;
  private final SleeveCounters counters;
  private final ForwarderParameters parameters;
  private final long localPeer;
  private final long remotePeer;
  private final int worker;
  private final Sealing sealing;
  private final SleeveConnection connection;
  private final ConductorEvents conductor;
  private final @Nullable DatagramOpener opener;

  // Each slot belongs to its lane's thread.
  private final @Nullable LaneSender[] senders = new @Nullable LaneSender[Lanes.COUNT];
  private @Nullable LaneSender specials;
  private final AtomicLong dontFragmentSequence = new AtomicLong();
  private final AtomicLong mayFragmentSequence = new AtomicLong();
  private final PendingReport tooBig;
  private volatile @Nullable PeerSocket dontFragmentSocket;
  private volatile boolean sendsRuns;
  private volatile int reportedMtu;

  SleeveForwarder(
      SleeveOverlay overlay,
      ForwarderParameters parameters,
      @Nullable Endpoint remote,
      ForwarderEvents events) {
    this.overlay = overlay;
    this.parameters = parameters;
    counters = new SleeveCounters(overlay.counters());
    localPeer = parameters.localPeer().value();
    remotePeer = parameters.remotePeer().value();
    byte[] key = parameters.sessionKey();
    sealing = key == null ? Sealing.PLAIN : Sealing.ENCRYPTED;
    worker = overlay.workerOf(remotePeer);
    opener = key == null ? null : overlay.newOpener(worker, key, parameters.outbound());
    sendsRuns = overlay.kernelCutsRuns();
    conductor = overlay.newConductorEvents();
    connection =
        new SleeveConnection(
            parameters.connectionUid(), sealing, remote, overlay.time(), this, events);
    tooBig = new PendingReport(conductor, () -> connection.onTooBig(reportedMtu));
  }

  /** Value of our own name. */
  long localPeer() {
    return localPeer;
  }

  /** Value of the neighbour's name. */
  long remotePeer() {
    return remotePeer;
  }

  /** The worker that opens what this neighbour sends. */
  int worker() {
    return worker;
  }

  /** Opens datagrams of this neighbour, on its worker's thread; null when they are not sealed. */
  @Nullable DatagramOpener opener() {
    return opener;
  }

  /** What is counted of this neighbour. */
  SleeveCounters counters() {
    return counters;
  }

  @Override
  public PathStatistics statistics() {
    return PathStatistics.of(
        counters.get(SleeveCounter.DATAGRAMS_SENT),
        counters.get(SleeveCounter.BYTES_SENT),
        counters.get(SleeveCounter.DATAGRAMS_RECEIVED),
        counters.get(SleeveCounter.BYTES_RECEIVED),
        counters.dropped(SleeveCounter.class),
        connection.lastHeartbeatNanos(),
        connection.roundTripNanos());
  }

  @Override
  public void confirm() {
    overlay.register(this);
    connection.confirm();
  }

  @Override
  public void onControl(int subTag, byte[] body) {
    connection.onControl(subTag, body);
  }

  @Override
  public void stop() {
    connection.stop();
    failed();
  }

  @Override
  public String displayName() {
    return overlay.name();
  }

  @Override
  public SortedMap<String, Object> attributes() {
    SortedMap<String, Object> attributes = new TreeMap<>();
    attributes.put("mtu", connection.path().overlayMtu());
    if (sealing == Sealing.ENCRYPTED) {
      attributes.put("encrypted", true);
    }
    if (!sendsRuns) {
      attributes.put(PathErrors.NO_RUNS_ATTRIBUTE, "off");
    }
    return attributes;
  }

  @Override
  public long nextDeadlineNanos() {
    return connection.nextDeadlineNanos();
  }

  @Override
  public void onTime() {
    connection.onTime();
  }

  @Override
  public boolean forward(
      int lane,
      FrameBatch batch,
      int index,
      long sourcePeer,
      long destinationPeer,
      boolean broadcast) {
    PathState path = connection.path();
    if (path.remote() == null) {
      counters.increment(lane, SleeveCounter.DROPPED_NO_REMOTE);
      return true;
    }
    LaneSender sender = sender(lane);
    ByteBuffer slab = batch.slab();
    int frame = batch.offset(index);
    int length = batch.length(index);
    long offload = batch.offload(index);
    if (offload != Offload.NONE) {
      if (!FrameOffload.fits(slab, frame, length, offload)) {
        counters.increment(lane, SleeveCounter.DROPPED_BAD_OFFLOAD);
        return true;
      }
      if (Offload.type(offload) != Offload.TYPE_NONE) {
        Segments segments = overlay.scratch(lane).segments();
        segments.begin(slab, frame, length, offload);
        cut(lane, sender, slab, frame, length, sourcePeer, destinationPeer, broadcast, path);
        return true;
      }
      // Whoever takes the frame next finds it whole.
      InternetChecksum.complete(slab, frame, length, offload);
      batch.complete(index);
    }
    boolean fits = length <= path.maxFrame();
    if (!Ipv4.isIpv4(slab, frame, length)) {
      sender.addMayFragment(slab, frame, length, sourcePeer, destinationPeer, path);
    } else if (Ipv4.dontFragment(slab, frame)) {
      if (fits) {
        sender.addDontFragment(slab, frame, length, sourcePeer, destinationPeer, path);
      } else if (broadcast) {
        counters.increment(lane, SleeveCounter.DROPPED_TOO_BIG);
      } else {
        overlay.scratch(lane).refuse(slab, frame, path.overlayMtu(), destinationPeer, sourcePeer);
      }
    } else if (path.stackMayFragment()) {
      sender.addMayFragment(slab, frame, length, sourcePeer, destinationPeer, path);
    } else if (fits) {
      sender.addDontFragment(slab, frame, length, sourcePeer, destinationPeer, path);
    } else {
      fragment(lane, sender, slab, frame, sourcePeer, destinationPeer, path);
    }
    return true;
  }

  @Override
  public void flush(int lane) {
    LaneSender sender = senders[lane];
    if (sender != null) {
      sender.flush(connection.path());
    }
  }

  /** Does for the lane's super-frame what {@link #forward} does for a frame; segments count. */
  private void cut(
      int lane,
      LaneSender sender,
      ByteBuffer slab,
      int frame,
      int length,
      long sourcePeer,
      long destinationPeer,
      boolean broadcast,
      PathState path) {
    Segments segments = overlay.scratch(lane).segments();
    boolean fits = segments.longestFrame() <= path.maxFrame();
    if (!Ipv4.isIpv4(slab, frame, length)) {
      sender.addSegments(segments, false, sourcePeer, destinationPeer, path);
    } else if (Ipv4.dontFragment(slab, frame)) {
      if (fits) {
        sender.addSegments(segments, true, sourcePeer, destinationPeer, path);
      } else if (broadcast) {
        counters.increment(lane, SleeveCounter.DROPPED_TOO_BIG);
      } else {
        overlay.scratch(lane).refuse(slab, frame, path.overlayMtu(), destinationPeer, sourcePeer);
      }
    } else if (path.stackMayFragment() || fits) {
      sender.addSegments(segments, !path.stackMayFragment(), sourcePeer, destinationPeer, path);
    } else {
      ByteBuffer segment = overlay.scratch(lane).segment();
      while (segments.nextLength() > 0) {
        segments.write(segment, 0);
        fragment(lane, sender, segment, 0, sourcePeer, destinationPeer, path);
      }
    }
  }

  private void fragment(
      int lane,
      LaneSender sender,
      ByteBuffer slab,
      int frame,
      long sourcePeer,
      long destinationPeer,
      PathState path) {
    Ipv4Fragments fragments = overlay.scratch(lane).fragments();
    if (!fragments.begin(slab, frame, path.overlayMtu())) {
      counters.increment(lane, SleeveCounter.DROPPED_TOO_BIG);
      return;
    }
    counters.increment(lane, SleeveCounter.FRAMES_FRAGMENTED);
    for (int length = fragments.next(); length > 0; length = fragments.next()) {
      sender.addDontFragment(fragments.buffer(), 0, length, sourcePeer, destinationPeer, path);
    }
  }

  private LaneSender sender(int lane) {
    LaneSender sender = senders[lane];
    if (sender == null) {
      sender = newSender(lane, new LaneSender.Vectors(sealing));
      senders[lane] = sender;
    }
    return sender;
  }

  /** For what leaves at once: connections that carry nothing need no vectors of their own. */
  private LaneSender specialSender() {
    LaneSender sender = specials;
    if (sender == null) {
      sender = newSender(Lanes.CONDUCTOR, overlay.specialVectors(sealing));
      specials = sender;
    }
    return sender;
  }

  private LaneSender newSender(int lane, LaneSender.Vectors vectors) {
    byte[] key = parameters.sessionKey();
    DatagramSealer sealer =
        key == null ? null : overlay.newSealer(lane, key, parameters.outbound());
    return new LaneSender(lane, localPeer, vectors, sealer, this, counters);
  }

  // What the connection makes happen, on the conductor thread.

  @Override
  public void sendHeartbeat(long connectionUid) {
    sendSpecial(true, overlay.heartbeat(connectionUid), SleeveProtocol.HEARTBEAT_BYTES);
  }

  @Override
  public void sendZeros(int frameBytes, boolean dontFragment) {
    sendSpecial(dontFragment, overlay.zeros(), frameBytes);
  }

  private void sendSpecial(boolean dontFragment, ByteBuffer content, int length) {
    PathState path = connection.path();
    LaneSender sender = specialSender();
    sender.addSpecial(dontFragment, content, length, localPeer, remotePeer, path);
    sender.flush(path);
  }

  @Override
  public void remoteChanged(Endpoint remote) {
    try {
      PeerSocket socket = dontFragmentSocket;
      if (socket == null) {
        dontFragmentSocket = overlay.connect(this, parameters.local(), remote);
      } else {
        socket.socket().connect(remote.address(), remote.port());
      }
    } catch (LinuxException e) {
      String reason = "sleeve: " + e.getMessage();
      conductor.offer(Lanes.CONDUCTOR, () -> connection.onSendError(reason));
    }
  }

  @Override
  public void failed() {
    overlay.unregister(this);
    PeerSocket socket = dontFragmentSocket;
    if (socket != null) {
      dontFragmentSocket = null;
      overlay.disconnect(socket);
    }
  }

  // What data lanes report and need.

  /** A special frame from the neighbour to us has arrived; on the thread of our worker. */
  void onSpecial(SpecialFrame kind, long connectionUid, int frameBytes, int ipv4, int port) {
    if (kind == SpecialFrame.HEARTBEAT && connectionUid != parameters.connectionUid()) {
      // Of an older connection, or forged (B.8).
      counters.increment(Lanes.receive(worker), SleeveCounter.DROPPED_FOREIGN_SPECIAL);
      return;
    }
    Runnable event =
        switch (kind) {
          case HEARTBEAT -> () -> connection.onHeartbeat(connectionUid, new Endpoint(ipv4, port));
          case FRAGMENTATION_TEST -> connection::onFragmentationTest;
          case PROBE -> () -> connection.onProbe(frameBytes);
          case INVALID -> () -> {};
        };
    conductor.offer(Lanes.receive(worker), event);
  }

  @Override
  public @Nullable PeerSocket dontFragmentSocket() {
    return dontFragmentSocket;
  }

  @Override
  public PeerSocket sharedSocket() {
    return overlay.sharedSocket();
  }

  @Override
  public long nextSequence(boolean dontFragment) {
    return dontFragment
        ? SleeveProtocol.DF_STREAM | dontFragmentSequence.getAndIncrement()
        : mayFragmentSequence.getAndIncrement();
  }

  @Override
  public void tooBig(int lane, int pathMtu) {
    // Every datagram fails until the conductor has published a new MTU.
    if (pathMtu > 0) {
      reportedMtu = pathMtu;
      tooBig.offer(lane);
    }
  }

  @Override
  public boolean sendsRuns() {
    return sendsRuns;
  }

  @Override
  public void runsRefused(int lane) {
    sendsRuns = false;
    counters.increment(lane, SleeveCounter.RUNS_REFUSED);
  }

  @Override
  public void sendFailed(int lane, int errno) {
    conductor.offer(
        lane, () -> connection.onSendError("sleeve cannot send datagrams: " + Errno.text(errno)));
  }
}
