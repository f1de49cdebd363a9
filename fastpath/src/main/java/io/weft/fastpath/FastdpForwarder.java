package io.weft.fastpath;

import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.gossip.overlay.OverlayException;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.FrameOffload;
import io.weft.sleeve.InternetChecksum;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The kernel overlay of one mesh connection. Frames that are given to it have come by another
 * overlay, or have met a change of the kernel's tables on their way: it wraps them itself and sends
 * them from an ordinary socket (overlay.md F.1.4).
 */
final class FastdpForwarder extends VxlanForwarder {
  private static final System.Logger LOGGER = System.getLogger(FastdpForwarder.class.getName());

  /** IPv4 and TCP: what a segment has around it at least. */
  private static final int LEAST_HEADERS = 40;

  private final FastdpOverlay overlay;
  private final int linkIndex;

  // Each slot belongs to its lane's thread until the forwarder has been stopped.
  private final @Nullable UdpSocket[] sockets = new @Nullable UdpSocket[Lanes.COUNT];
  private volatile boolean stopped;

  /** Whether a lane's attempt to open its socket has failed since our last heartbeat. */
  private volatile boolean openFailed;

  FastdpForwarder(
      FastdpOverlay overlay,
      ForwarderParameters parameters,
      Ipv4Address local,
      Ipv4Address remote,
      int vxlanPort,
      int linkIndex,
      ForwarderEvents events)
      throws OverlayException {
    super(overlay.settings(), parameters, local, remote, vxlanPort, events);
    this.overlay = overlay;
    this.linkIndex = linkIndex;
  }

  long connectionUid() {
    return parameters().connectionUid();
  }

  PeerName remotePeer() {
    return parameters().remotePeer();
  }

  /** How the kernel reaches the neighbour. */
  Hop hop() {
    return Hop.vxlan(mtu(), linkIndex, remote(), local().value());
  }

  @Override
  void register() {
    overlay.register(this);
  }

  @Override
  void unregister() {
    overlay.unregister(this);
    if (isEncrypted()) {
      cutOff();
    }
    // Lanes may still be in a call with an older table: their sockets go when they are collected.
    stopped = true;
    UdpSocket own = sockets[Lanes.CONDUCTOR];
    if (own != null) {
      own.close();
      sockets[Lanes.CONDUCTOR] = null;
    }
    overlay.closeLater(sockets);
  }

  @Override
  void cutOff() {
    overlay.cutOff(remote());
  }

  @Override
  void changed() {
    overlay.changed();
  }

  @Override
  long[] traffic() {
    return overlay.traffic(remotePeer());
  }

  @Override
  public String displayName() {
    return overlay.name();
  }

  @Override
  ShortIdTable shortIds() {
    return overlay.shortIds();
  }

  @Override
  boolean carry(
      int lane, FrameBatch batch, int index, int source, int destination, boolean broadcast) {
    long offload = batch.offload(index);
    boolean copied = broadcast && (lane == Lanes.CAPTURE || lane == Lanes.FASTPATH);
    if (isWide(batch.length(index), offload) || (!copied && !finish(batch, index, offload))) {
      overlay.counters().increment(lane, LaneCounter.USER_LEFT_TO_OTHERS);
      return false;
    }
    if (copied) {
      // It passed through the kernel, which has made this copy.
      overlay.counters().increment(lane, LaneCounter.USER_LEFT_TO_KERNEL);
      return true;
    }
    UdpSocket socket = socket(lane);
    if (socket == null) {
      overlay.counters().increment(lane, LaneCounter.USER_LEFT_TO_OTHERS);
      return false;
    }
    ByteBuffer datagram = overlay.datagram(lane);
    int length = batch.length(index);
    int header = FastdpProtocol.VXLAN_BYTES;
    datagram.put(header, batch.slab(), batch.offset(index), length);
    boolean sent = send(socket, datagram, header + length, source, destination);
    overlay
        .counters()
        .increment(lane, sent ? LaneCounter.USER_SENT : LaneCounter.USER_SEND_FAILURES);
    return true;
  }

  /** As the kernel's programs decide what they leave to user space. */
  private boolean isWide(int length, long offload) {
    int segment = Offload.segmentBytes(offload);
    int bytes = segment == 0 ? length - FastdpProtocol.ETHERNET_BYTES : segment + LEAST_HEADERS;
    return bytes > mtu();
  }

  /** Computes a checksum that is left to the device; false for a frame that is more than one. */
  private static boolean finish(FrameBatch batch, int index, long offload) {
    if (offload == Offload.NONE) {
      return true;
    }
    int frame = batch.offset(index);
    int length = batch.length(index);
    if (Offload.segmentBytes(offload) != 0
        || !FrameOffload.fits(batch.slab(), frame, length, offload)) {
      return false;
    }
    InternetChecksum.complete(batch.slab(), frame, length, offload);
    batch.complete(index);
    return true;
  }

  @Override
  public void flush(int lane) {}

  @Override
  void carryHeartbeat(long uid, int mtuBytes, long token, int source, int destination) {
    openFailed = false;
    ByteBuffer datagram = overlay.datagram(Lanes.CONDUCTOR);
    int length = Heartbeats.write(datagram, uid, mtuBytes, token);
    UdpSocket socket = socket(Lanes.CONDUCTOR);
    boolean sent = socket != null && send(socket, datagram, length, source, destination);
    overlay
        .counters()
        .increment(
            Lanes.CONDUCTOR,
            sent ? LaneCounter.HEARTBEATS_SENT : LaneCounter.HEARTBEAT_SEND_FAILURES);
  }

  @Override
  public void heardNothing() {
    overlay.readRawHeartbeats();
  }

  /** The network identifier of frames between two peers (overlay.md C.1). */
  static int tunnel(int source, int destination) {
    return source | destination << FastdpProtocol.SHORT_ID_BITS;
  }

  private boolean send(
      UdpSocket socket, ByteBuffer datagram, int length, int source, int destination) {
    datagram.putInt(0, FastdpProtocol.VXLAN_FLAGS);
    datagram.putInt(Integer.BYTES, tunnel(source, destination) << 8);
    return socket.sendTo(datagram, 0, length, remote(), vxlanPort()) > 0;
  }

  /** The socket of a lane; null when it cannot be opened, as when the process has too many. */
  private @Nullable UdpSocket socket(int lane) {
    UdpSocket socket = sockets[lane];
    if (socket == null && !stopped && !openFailed) {
      socket = open();
      sockets[lane] = socket;
    }
    return socket;
  }

  private @Nullable UdpSocket open() {
    UdpSocket socket = null;
    try {
      socket = UdpSocket.open();
      socket.setPathMtuDiscovery(UdpSocket.PathMtuDiscovery.DO);
      socket.disableChecksum();
      socket.bind(local(), 0);
      return socket;
    } catch (LinuxException e) {
      openFailed = true;
      LOGGER.log(Level.DEBUG, "no socket toward " + parameters().remotePeer(), e);
      if (socket != null) {
        socket.close();
      }
      return null;
    }
  }
}
