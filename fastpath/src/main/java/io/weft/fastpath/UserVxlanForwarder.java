package io.weft.fastpath;

import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.overlay.PathStatistics;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PathErrors;
import io.weft.sleeve.PeerSocket;
import java.lang.System.Logger.Level;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** VXLAN in user space on one mesh connection. */
final class UserVxlanForwarder implements Forwarder, FastdpConnection.Shell {
  private static final System.Logger LOGGER = System.getLogger(UserVxlanForwarder.class.getName());

  /** Our choice; the kernel caps it at its own limit. */
  private static final int SEND_BUFFER_BYTES = 4 * 1024 * 1024;

  private final UserVxlanOverlay overlay;
  private final ForwarderParameters parameters;
  private final Ipv4Address local;
  private final int vxlanPort;
  private final FastdpConnection connection;
  private final @Nullable EspConnection esp;
  private final LaneCounters<PathCounter> counters = new LaneCounters<>(PathCounter.class);
  private volatile int remote;
  private volatile boolean mayCarry;
  private volatile boolean sendsRuns;
  private volatile @Nullable PeerSocket socket;

  UserVxlanForwarder(
      UserVxlanOverlay overlay,
      ForwarderParameters parameters,
      Ipv4Address local,
      Ipv4Address remote,
      int vxlanPort,
      ForwarderEvents events)
      throws OverlayException {
    this.overlay = overlay;
    this.parameters = parameters;
    this.local = local;
    this.vxlanPort = vxlanPort;
    this.remote = remote.value();
    HeartbeatTiming timing =
        HeartbeatTiming.of(parameters.features().all().get(FastdpProtocol.FEATURE_KEY));
    esp = overlay.esp().prepare(parameters, local, remote, vxlanPort, events, this::secured);
    mayCarry = esp == null;
    connection =
        new FastdpConnection(
            parameters.connectionUid(), timing, remote.value(), overlay.time(), this, events);
    if (esp != null) {
      connection.encrypt();
    }
  }

  long connectionUid() {
    return parameters.connectionUid();
  }

  /** Value of the neighbour's name. */
  long remotePeer() {
    return parameters.remotePeer().value();
  }

  /** Where frames go and come from, an IPv4 address. */
  int remote() {
    return remote;
  }

  /** Whether frames may be sent and taken: they are encrypted, or need not be. */
  boolean mayCarry() {
    return mayCarry;
  }

  /** Frames to the neighbour and from it; any lane. */
  LaneCounters<PathCounter> counters() {
    return counters;
  }

  /** A connected socket; null when there is none. Any lane. */
  @Nullable PeerSocket socket() {
    return socket;
  }

  boolean sendsRuns() {
    return sendsRuns;
  }

  void runsRefused() {
    sendsRuns = false;
  }

  private void secured() {
    mayCarry = true;
    connection.secured();
    overlay.sourcesChanged();
  }

  /** A heartbeat of this connection has arrived. */
  void onHeartbeat(KernelEvent.Heartbeat heartbeat) {
    connection.onHeartbeat(heartbeat.from(), heartbeat.frameBytes(), heartbeat.token());
  }

  @Override
  public void confirm() {
    open();
    overlay.register(this);
    connection.confirm();
    if (esp != null) {
      esp.confirm();
    }
  }

  @Override
  public void onControl(int subTag, byte[] body) {
    if (subTag == FastdpProtocol.CONTROL_ESP_SETUP && esp != null) {
      esp.onSetup(body);
    } else {
      connection.onControl(subTag, body);
    }
  }

  @Override
  public void stop() {
    connection.stop();
    mayCarry = false;
    overlay.unregister(this);
    PeerSocket open = socket;
    if (open != null) {
      socket = null;
      open.close();
    }
    if (esp != null) {
      esp.stop();
    }
  }

  @Override
  public String displayName() {
    return overlay.name();
  }

  @Override
  public SortedMap<String, Object> attributes() {
    SortedMap<String, Object> attributes = new TreeMap<>();
    attributes.put("mtu", overlay.mtu());
    int heard = connection.heardFrameBytes();
    if (connection.isEstablished()) {
      int frameBytes = heard == 0 ? overlay.mtu() + FastdpProtocol.ETHERNET_BYTES : heard;
      int esp = this.esp == null ? 0 : FastdpProtocol.ESP_BYTES;
      attributes.put("verified", frameBytes + FastdpProtocol.OUTER_BYTES + esp);
    }
    if (esp != null) {
      attributes.put("encrypted", true);
    }
    if (!sendsRuns) {
      attributes.put(PathErrors.NO_RUNS_ATTRIBUTE, "off");
    }
    return attributes;
  }

  @Override
  public PathStatistics statistics() {
    return new PathStatistics(
        counters.get(PathCounter.SENT_PACKETS),
        counters.get(PathCounter.SENT_BYTES),
        counters.get(PathCounter.RECEIVED_PACKETS),
        counters.get(PathCounter.RECEIVED_BYTES),
        counters.get(PathCounter.DROPPED),
        connection.lastHeartbeatNanos(),
        connection.roundTripNanos());
  }

  @Override
  public String complaint() {
    String complaint = esp == null ? "" : esp.complaint();
    return complaint.isEmpty() ? connection.complaint() : complaint;
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
    ShortIdTable shortIds = overlay.shortIds();
    int source = shortIds.shortId(sourcePeer);
    int destination = shortIds.shortId(destinationPeer);
    return source != ShortIdTable.NONE
        && destination != ShortIdTable.NONE
        && mayCarry
        && overlay.lane(lane).add(this, batch, index, source, destination);
  }

  @Override
  public void flush(int lane) {
    overlay.lane(lane).flush(this);
  }

  @Override
  public void sendHeartbeat(long connectionUid, long token) {
    ShortIdTable shortIds = overlay.shortIds();
    int source = shortIds.shortId(parameters.localPeer().value());
    int destination = shortIds.shortId(remotePeer());
    if (source != ShortIdTable.NONE && destination != ShortIdTable.NONE) {
      overlay.lane(Lanes.CONDUCTOR).heartbeat(this, connectionUid, token, source, destination);
    }
  }

  @Override
  public void remoteChanged(int address) {
    if (address != remote) {
      remote = address;
      connect();
    }
    overlay.sourcesChanged();
  }

  @Override
  public void heardNothing() {
    // Whatever the kernel has received we have seen.
  }

  private void open() {
    UdpSocket opened = null;
    try {
      opened = UdpSocket.open();
      opened.setPathMtuDiscovery(UdpSocket.PathMtuDiscovery.DO);
      opened.setSendBufferBytes(SEND_BUFFER_BYTES);
      sendsRuns = opened.cutsRuns();
      if (!sendsRuns) {
        // With runs the device computes it, and the kernel takes none from a socket without.
        opened.disableChecksum();
      }
      opened.bind(local, 0);
      socket = new PeerSocket(opened, null);
      connect();
    } catch (LinuxException e) {
      LOGGER.log(Level.WARNING, "fastdp toward {0}: {1}", parameters.remotePeer(), e.getMessage());
      if (opened != null) {
        opened.close();
      }
    }
  }

  private void connect() {
    PeerSocket open = socket;
    try {
      if (open != null) {
        open.socket().connect(new Ipv4Address(remote), vxlanPort);
      }
    } catch (LinuxException e) {
      // What is sent meanwhile fails and is counted; the next heartbeat may bring a better address.
      LOGGER.log(Level.WARNING, "fastdp toward {0}: {1}", parameters.remotePeer(), e.getMessage());
    }
  }
}
