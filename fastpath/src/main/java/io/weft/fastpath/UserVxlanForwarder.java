package io.weft.fastpath;

import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.OverlayException;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinkStatistics;
import io.weft.linux.LinuxException;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PathErrors;
import io.weft.sleeve.PeerSocket;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** VXLAN in user space on one mesh connection. */
final class UserVxlanForwarder extends VxlanForwarder {
  private static final System.Logger LOGGER = System.getLogger(UserVxlanForwarder.class.getName());

  /** Our choice; the kernel caps it at its own limit. */
  private static final int SEND_BUFFER_BYTES = 4 * 1024 * 1024;

  private final UserVxlanOverlay overlay;
  private final LaneCounters<PathCounter> counters = new LaneCounters<>(PathCounter.class);
  private volatile boolean sendsRuns;
  private boolean ended;
  private volatile @Nullable PeerSocket socket;

  UserVxlanForwarder(
      UserVxlanOverlay overlay,
      ForwarderParameters parameters,
      Ipv4Address local,
      Ipv4Address remote,
      int vxlanPort,
      ForwarderEvents events)
      throws OverlayException {
    super(overlay.settings(), parameters, local, remote, vxlanPort, events);
    this.overlay = overlay;
  }

  long connectionUid() {
    return parameters().connectionUid();
  }

  /** Value of the neighbour's name. */
  long remotePeer() {
    return parameters().remotePeer().value();
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

  @Override
  void register() {
    open();
    overlay.register(this);
  }

  @Override
  void unregister() {
    if (ended) {
      return;
    }
    ended = true;
    overlay.unregister(this);
    PeerSocket open = socket;
    if (open != null) {
      socket = null;
      open.close();
    }
  }

  @Override
  void cutOff() {
    // The router sends by itself, and asks before each frame.
  }

  @Override
  void changed() {
    overlay.changed();
  }

  @Override
  long[] traffic() {
    long[] traffic = Arrays.stream(PathCounter.values()).mapToLong(counters::get).toArray();
    overlay.addKernelTraffic(this, traffic);
    return traffic;
  }

  /** A VXLAN device that has carried for this connection is about to go. */
  void count(LinkStatistics device) {
    for (PathCounter counter : PathCounter.values()) {
      counters.add(Lanes.CONDUCTOR, counter, counter.of(device));
    }
  }

  @Override
  public String displayName() {
    return overlay.name();
  }

  @Override
  public SortedMap<String, Object> attributes() {
    SortedMap<String, Object> attributes = super.attributes();
    if (!sendsRuns) {
      attributes.put(PathErrors.NO_RUNS_ATTRIBUTE, "off");
    }
    return attributes;
  }

  @Override
  ShortIdTable shortIds() {
    return overlay.shortIds();
  }

  @Override
  boolean carry(
      int lane, FrameBatch batch, int index, int source, int destination, boolean broadcast) {
    return overlay.lane(lane).add(this, batch, index, source, destination);
  }

  @Override
  public void flush(int lane) {
    overlay.lane(lane).flush(this);
  }

  @Override
  void carryHeartbeat(long connectionUid, int mtuBytes, long token, int source, int destination) {
    UserVxlanLane lane = overlay.lane(Lanes.CONDUCTOR);
    lane.heartbeat(this, connectionUid, mtuBytes, token, source, destination);
  }

  @Override
  public void remoteChanged(int address) {
    boolean moved = address != remote();
    super.remoteChanged(address);
    if (moved) {
      connect();
    }
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
      opened.bind(local(), 0);
      socket = new PeerSocket(opened, null);
      connect();
    } catch (LinuxException e) {
      LOGGER.log(
          Level.WARNING, "fastdp toward {0}: {1}", parameters().remotePeer(), e.getMessage());
      if (opened != null) {
        opened.close();
      }
    }
  }

  private void connect() {
    PeerSocket open = socket;
    try {
      if (open != null) {
        open.socket().connect(new Ipv4Address(remote()), vxlanPort());
      }
    } catch (LinuxException e) {
      // What is sent meanwhile fails and is counted; the next heartbeat may bring a better address.
      LOGGER.log(
          Level.WARNING, "fastdp toward {0}: {1}", parameters().remotePeer(), e.getMessage());
    }
  }
}
