package io.weft.sleeve.v2;

import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.gossip.overlay.PathStatistics;
import io.weft.linux.LinuxException;
import io.weft.sleeve.ConductorEvents;
import io.weft.sleeve.Endpoint;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PathErrors;
import io.weft.sleeve.PeerSocket;
import io.weft.sleeve.PendingReport;
import io.weft.sleeve.SocketOwner;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * {@code sleeve2} on one mesh connection. The conductor runs its {@link Sleeve2Connection} and its
 * {@link KeyAgreement}; data lanes read what these publish and send with buffers of their own.
 */
final class Sleeve2Forwarder
    implements Forwarder,
        SocketOwner,
        ReceiveSessionOwner,
        KeyAgreement.Shell,
        Sleeve2Connection.Shell,
        AggregateSender.Link {
  private final Sleeve2Overlay overlay;
  private final LaneCounters<Sleeve2Counter> counters;
  private final ForwarderParameters parameters;
  private final ForwarderEvents events;
  private final ConductorEvents conductor;
  private final long localPeer;
  private final long remotePeer;
  private final Sleeve2Connection connection;
  private final KeyAgreement agreement;
  private final int receiveSessions;

  // Each slot belongs to its lane's thread.
  private final @Nullable AggregateSender[] senders = new @Nullable AggregateSender[Lanes.COUNT];
  private final PendingReport tooBig;
  private final AtomicBoolean trafficReported = new AtomicBoolean();
  private volatile @Nullable PeerSocket socket;
  private volatile boolean cutsRuns;
  private boolean confirmed;
  private byte @Nullable [] earlyOffer;

  Sleeve2Forwarder(
      Sleeve2Overlay overlay,
      ForwarderParameters parameters,
      KeySchedule.Context context,
      @Nullable Endpoint remote,
      ForwarderEvents events) {
    this.overlay = overlay;
    this.parameters = parameters;
    this.events = events;
    counters = new LaneCounters<>(Sleeve2Counter.class, overlay.counters());
    conductor = overlay.newConductorEvents();
    localPeer = parameters.localPeer().value();
    remotePeer = parameters.remotePeer().value();
    connection =
        new Sleeve2Connection(
            parameters.connectionUid(), remote, overlay.time(), this, events, this::deviceMtu);
    tooBig = new PendingReport(conductor, connection::onTooBig);
    receiveSessions = context.sessionsFrom(!parameters.outbound());
    byte[] key = parameters.sessionKey();
    agreement =
        new KeyAgreement(
            context,
            key == null ? null : key.clone(),
            parameters.outbound(),
            overlay.time(),
            overlay.random(),
            this,
            this,
            Sleeve2Protocol.REKEY_AGGREGATES);
  }

  /** What data lanes go by, or null while nothing can be sent. */
  @Nullable SendPath path() {
    return connection.path();
  }

  @Override
  public LaneCounters<Sleeve2Counter> counters(LaneCounters<Sleeve2Counter> totals) {
    return counters;
  }

  @Override
  public LaneCounters<Sleeve2Counter> sendCounters(LaneCounters<Sleeve2Counter> totals) {
    return counters;
  }

  @Override
  public PathStatistics statistics() {
    return PathStatistics.of(
        counters.get(Sleeve2Counter.DATAGRAMS_SENT),
        counters.get(Sleeve2Counter.BYTES_SENT),
        counters.get(Sleeve2Counter.DATAGRAMS_RECEIVED),
        counters.get(Sleeve2Counter.BYTES_RECEIVED),
        counters.dropped(Sleeve2Counter.class),
        connection.lastHeartbeatNanos(),
        connection.roundTripNanos());
  }

  @Override
  public void confirm() {
    confirmed = true;
    connection.confirm();
    agreement.start();
    byte[] offer = earlyOffer;
    if (offer != null) {
      earlyOffer = null;
      onControl(Sleeve2Protocol.CONTROL_OFFER, offer);
    }
  }

  @Override
  public void onControl(int subTag, byte[] body) {
    if (!confirmed && subTag == Sleeve2Protocol.CONTROL_OFFER) {
      earlyOffer = body;
    } else if (!agreement.onControl(subTag, body)) {
      counters.increment(Lanes.CONDUCTOR, Sleeve2Counter.CONTROL_IGNORED);
    }
  }

  @Override
  public void stop() {
    connection.stop();
    agreement.stop();
    PeerSocket open = socket;
    if (open != null) {
      socket = null;
      overlay.disconnect(open);
    }
  }

  @Override
  public String displayName() {
    return overlay.name();
  }

  @Override
  public String complaint() {
    return connection.complaint();
  }

  @Override
  public SortedMap<String, Object> attributes() {
    SortedMap<String, Object> attributes = new TreeMap<>();
    SendPath path = connection.path();
    if (path != null) {
      attributes.put("mtu", path.overlayMtu());
    }
    if (parameters.sessionKey() != null) {
      attributes.put("encrypted", true);
    }
    if (path != null && !cutsRuns) {
      attributes.put(PathErrors.NO_RUNS_ATTRIBUTE, "off");
    }
    return attributes;
  }

  @Override
  public long nextDeadlineNanos() {
    return Math.min(connection.nextDeadlineNanos(), agreement.nextDeadlineNanos());
  }

  @Override
  public void onTime() {
    agreement.checkWear();
    agreement.onTime();
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
    SendPath path = connection.path();
    if (path == null || path.session().of(Lanes.worker(lane)).isWornOut()) {
      return false;
    }
    int length = batch.length(index);
    if (length > Sleeve2Protocol.LONGEST_PACKET_BYTES + Sleeve2Protocol.ETHERNET_BYTES
        && Offload.segmentBytes(batch.offload(index)) == 0
        && SuperFrames.isUncuttableIpv4(batch.slab(), batch.offset(index))) {
      if (!broadcast) {
        overlay.refuse(lane, batch.slab(), batch.offset(index), destinationPeer, sourcePeer);
      }
      return true;
    }
    return sender(lane).add(batch, index, sourcePeer, destinationPeer, path);
  }

  @Override
  public void flush(int lane) {
    AggregateSender sender = senders[lane];
    SendPath path = connection.path();
    if (sender != null && path != null) {
      sender.flush(path);
    } else if (sender != null) {
      sender.drop();
    }
  }

  private AggregateSender sender(int lane) {
    AggregateSender sender = senders[lane];
    if (sender == null) {
      sender = new AggregateSender(overlay.lane(lane), this, localPeer, remotePeer);
      senders[lane] = sender;
    }
    return sender;
  }

  // What keys make happen, on the conductor thread.

  @Override
  public void sendControl(int subTag, byte[] body) {
    events.sendControl(subTag, body);
  }

  @Override
  public int newIndex() {
    return overlay.newIndex(receiveSessions);
  }

  @Override
  public void open(ReceiveSession session) {
    overlay.open(session);
    connection.onReceiving(session);
    counters.increment(Lanes.CONDUCTOR, Sleeve2Counter.KEYS_CHANGED);
  }

  @Override
  public void shut(ReceiveSession session) {
    overlay.release(session.index());
  }

  @Override
  public void release(int index) {
    overlay.release(index);
  }

  @Override
  public void seal(SendSession session) {
    connection.onSending(session);
  }

  // What the connection makes happen, on the conductor thread.

  @Override
  public void sendHeartbeat(int number, long connectionUid) {
    sender(Lanes.CONDUCTOR).gather().addHeartbeat(number, connectionUid);
    flush(Lanes.CONDUCTOR);
  }

  @Override
  public void sendAnswer(int recordType, int value) {
    sender(Lanes.CONDUCTOR).gather().addAnswer(recordType, value);
    flush(Lanes.CONDUCTOR);
  }

  @Override
  public void sendProbe(int pathMtu) {
    SendPath path = connection.path();
    if (path != null) {
      SendPath probed = SendPath.of(path.session(), pathMtu, LossGauge.Level.SINGLE);
      AggregateSender sender = sender(Lanes.CONDUCTOR);
      sender.gather().addProbe(pathMtu, probed.recordsBytes());
      sender.flush(probed);
    }
  }

  @Override
  public void sendReport(ReceiveSession session) {
    RecordGather gather = sender(Lanes.CONDUCTOR).gather();
    gather.addReport(session.epoch(), session.expected(), session.received());
    flush(Lanes.CONDUCTOR);
  }

  @Override
  public void remoteChanged(Endpoint remote) {
    try {
      PeerSocket open = socket;
      if (open == null) {
        PeerSocket fresh = overlay.connect(this, remotePeer, parameters.local(), remote);
        cutsRuns = fresh.socket().cutsRuns();
        socket = fresh;
      } else {
        open.socket().connect(remote.address(), remote.port());
      }
    } catch (LinuxException e) {
      String reason = "sleeve2: " + e.getMessage();
      conductor.offer(Lanes.CONDUCTOR, () -> events.failed(reason));
    }
  }

  @Override
  public void awaitTraffic() {
    trafficReported.set(false);
  }

  private int deviceMtu() {
    PeerSocket open = socket;
    return open == null ? 0 : PathErrors.pathMtu(open.socket());
  }

  // What data lanes need and report.

  @Override
  public @Nullable PeerSocket socket() {
    return socket;
  }

  @Override
  public boolean cutsRuns() {
    return cutsRuns;
  }

  @Override
  public void runsRefused(int lane) {
    cutsRuns = false;
    counters.increment(lane, Sleeve2Counter.RUNS_REFUSED);
  }

  @Override
  public void tooBig(int lane) {
    // Every datagram fails until the conductor has found a new MTU.
    tooBig.offer(lane);
  }

  @Override
  public void tooBig(int lane, int pathMtu) {
    tooBig(lane);
  }

  // What has arrived, on the thread of a worker.

  @Override
  public int worker(int session) {
    return overlay.workerOf(remotePeer, session);
  }

  @Override
  public long localPeer() {
    return localPeer;
  }

  @Override
  public long remotePeer() {
    return remotePeer;
  }

  @Override
  public void onTraffic(int lane) {
    if (!trafficReported.get()
        && trafficReported.compareAndSet(false, true)
        && !conductor.offer(lane, connection::onTraffic)) {
      trafficReported.set(false);
    }
  }

  @Override
  public void onHeartbeat(int lane, int number, long connectionUid, int ipv4, int port) {
    conductor.offer(
        lane, () -> connection.onHeartbeat(number, connectionUid, new Endpoint(ipv4, port)));
  }

  @Override
  public void onHeartbeatAck(int lane, int number) {
    conductor.offer(lane, () -> connection.onHeartbeatAck(number));
  }

  @Override
  public void onProbe(int lane, int pathMtu) {
    conductor.offer(lane, () -> connection.onProbe(pathMtu));
  }

  @Override
  public void onProbeAck(int lane, int pathMtu) {
    conductor.offer(lane, () -> connection.onProbeAck(pathMtu));
  }

  @Override
  public void onReport(int lane, int epoch, long expected, long received) {
    conductor.offer(lane, () -> connection.onReport(epoch, expected, received));
  }
}
