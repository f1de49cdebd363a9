package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.overlay.PathStatistics;
import io.weft.linux.Ipv4Address;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the overlay does on one mesh connection whatever carries its frames: heartbeats, encryption,
 * and what status says of them. Conductor thread, but for {@link #remote}, {@link #mayCarry} and
 * what forwards frames.
 */
abstract class VxlanForwarder implements Forwarder, FastdpConnection.Shell, EspConnection.Shell {
  /**
   * What an overlay's forwarders have in common.
   *
   * @param mtu of the bridge in bytes
   * @param isAutomatic whether the bridge may become wider
   * @param esp what encrypts
   * @param network what the kernel says of ways
   */
  record Settings(
      int mtu, boolean isAutomatic, EspSupport esp, NetworkMtu network, EventTime time) {}

  private final Settings settings;
  private final ForwarderParameters parameters;
  private final Ipv4Address local;
  private final int vxlanPort;
  private final ForwarderEvents events;
  private final FastdpConnection connection;
  private final @Nullable EspConnection esp;
  private volatile int remote;
  private volatile boolean mayCarry;
  private final @Nullable PathWidth width;
  private volatile int mtu;

  VxlanForwarder(
      Settings settings,
      ForwarderParameters parameters,
      Ipv4Address local,
      Ipv4Address remote,
      int vxlanPort,
      ForwarderEvents events)
      throws OverlayException {
    this.settings = settings;
    this.parameters = parameters;
    this.local = local;
    this.vxlanPort = vxlanPort;
    this.events = events;
    this.remote = remote.value();
    String announced = parameters.features().all().get(FastdpFeature.KEY);
    HeartbeatTiming timing = HeartbeatTiming.of(announced);
    esp = settings.esp().prepare(parameters, local, remote, vxlanPort, this);
    mayCarry = esp == null;
    connection =
        new FastdpConnection(
            parameters.connectionUid(), timing, remote.value(), settings.time(), this, events);
    if (esp != null) {
      connection.encrypt();
    }
    mtu = settings.mtu();
    boolean wide = settings.isAutomatic() && FastdpFeature.parse(announced).isWide();
    int overhead = outerBytes() + FastdpProtocol.ETHERNET_BYTES;
    width = wide ? new PathWidth(mtu, overhead, isEncrypted() ? Integer.BYTES : 1) : null;
  }

  /** The connection is in the topology: heartbeats are to reach it from now on. */
  abstract void register();

  /** It is not any more: nothing is to be sent there or taken from there. */
  abstract void unregister();

  /** What encrypts is about to end: the kernel must not send to the neighbour from now on. */
  abstract void cutOff();

  /** Where frames go, or whether they may, or how long they may be, has changed. */
  abstract void changed();

  /** The short ids of all peers; any lane. */
  abstract ShortIdTable shortIds();

  /** As {@link #forward}, when frames may be sent and both peers have short ids; any lane. */
  abstract boolean carry(
      int lane, FrameBatch batch, int index, int source, int destination, boolean broadcast);

  /** Sends a heartbeat for packets of {@code mtuBytes} between two peers, named by short ids. */
  abstract void carryHeartbeat(
      long connectionUid, int mtuBytes, long token, int source, int destination);

  /** Packets and bytes sent, packets and bytes received, frames dropped. */
  abstract long[] traffic();

  /** Largest packet of a container that the way to the neighbour carries, in bytes; any lane. */
  final int mtu() {
    return mtu;
  }

  /** The neighbour says that a heartbeat of so many bytes has arrived. */
  private void heard(int frameBytes) {
    if (width != null) {
      width.heard(frameBytes, settings.time().nanos());
      noteWidth(width);
    }
  }

  private void noteWidth(PathWidth known) {
    int now = known.mtu(settings.time().nanos());
    if (now != mtu) {
      mtu = now;
      changed();
    }
  }

  final ForwarderParameters parameters() {
    return parameters;
  }

  final Ipv4Address local() {
    return local;
  }

  /** UDP port of VXLAN on both sides. */
  final int vxlanPort() {
    return vxlanPort;
  }

  /** Where frames go and come from, an IPv4 address; any thread. */
  final int remote() {
    return remote;
  }

  /** Whether frames may be sent and taken: they are encrypted, or need not be; any thread. */
  final boolean mayCarry() {
    return mayCarry;
  }

  /**
   * Whether what an earlier connection has set up for this neighbour may go on meanwhile; never
   * when this one is to be encrypted.
   */
  final boolean isUndecided() {
    return esp == null && connection.isUndecided();
  }

  /** Whether heartbeats may still show that the way is wider than {@link #mtu} says. */
  final boolean mayBeWider() {
    return width != null && width.isOpen() && connection.isNew();
  }

  @Override
  public final void sendControl(int subTag, byte[] body) {
    events.sendControl(subTag, body);
  }

  @Override
  public final void secured() {
    mayCarry = true;
    connection.secured();
    changed();
  }

  /** For good: what was encrypted until now must not pass in plain text. */
  @Override
  public final void encryptionFailed(String reason) {
    // First we, then whoever chooses another overlay.
    connection.stop();
    if (mayCarry) {
      mayCarry = false;
      cutOff();
      changed();
    }
    events.failed(reason);
  }

  /** A heartbeat of this connection has arrived. */
  final void onHeartbeat(KernelEvent.Heartbeat heartbeat) {
    connection.onHeartbeat(heartbeat.from(), heartbeat.frameBytes(), heartbeat.token());
  }

  @Override
  public final void confirm() {
    register();
    connection.confirm();
    if (esp != null) {
      esp.confirm();
    }
  }

  @Override
  public final void onControl(int subTag, byte[] body) {
    if (subTag == FastdpProtocol.CONTROL_ESP_SETUP && esp != null) {
      esp.onSetup(body);
    } else {
      connection.onControl(subTag, body);
      if (subTag == FastdpProtocol.CONTROL_HEARD && body.length >= FastdpProtocol.HEARD_BYTES) {
        heard(Short.toUnsignedInt(ByteBuffer.wrap(body).getShort()));
      }
    }
  }

  @Override
  public final void stop() {
    connection.stop();
    mayCarry = false;
    // First nothing is sent there any more, then nothing is encrypted.
    unregister();
    if (esp != null) {
      esp.stop();
    }
  }

  @Override
  public SortedMap<String, Object> attributes() {
    SortedMap<String, Object> attributes = new TreeMap<>();
    attributes.put("mtu", mtu());
    if (connection.isEstablished()) {
      int heard = connection.heardFrameBytes();
      int frameBytes =
          heard == 0 || mtu() > settings.mtu() ? mtu() + FastdpProtocol.ETHERNET_BYTES : heard;
      attributes.put("verified", frameBytes + outerBytes());
    }
    if (isEncrypted()) {
      attributes.put("encrypted", true);
    }
    return attributes;
  }

  /** What is around a frame on the underlay, without padding of ESP. */
  final int outerBytes() {
    return FastdpProtocol.OUTER_BYTES + (isEncrypted() ? FastdpProtocol.ESP_BYTES : 0);
  }

  final boolean isEncrypted() {
    return esp != null;
  }

  @Override
  public final boolean forward(
      int lane,
      FrameBatch batch,
      int index,
      long sourcePeer,
      long destinationPeer,
      boolean broadcast) {
    ShortIdTable shortIds = shortIds();
    int source = shortIds.shortId(sourcePeer);
    int destination = shortIds.shortId(destinationPeer);
    return source != ShortIdTable.NONE
        && destination != ShortIdTable.NONE
        && mayCarry
        && carry(lane, batch, index, source, destination, broadcast);
  }

  @Override
  public final void sendHeartbeat(long connectionUid, long token) {
    ShortIdTable shortIds = shortIds();
    int source = shortIds.shortId(parameters.localPeer().value());
    int destination = shortIds.shortId(parameters.remotePeer().value());
    if (source != ShortIdTable.NONE && destination != ShortIdTable.NONE) {
      carryHeartbeat(connectionUid, settings.mtu(), token, source, destination);
      tryOut(connectionUid, token, source, destination);
    }
  }

  private void tryOut(long connectionUid, long token, int source, int destination) {
    if (width != null) {
      int networkMtu = settings.network().toward(new Ipv4Address(remote), vxlanPort);
      int wide = width.tryOut(networkMtu);
      if (wide != 0) {
        carryHeartbeat(connectionUid, wide, token, source, destination);
      }
      noteWidth(width);
    }
  }

  @Override
  public final PathStatistics statistics() {
    long[] traffic = traffic();
    return new PathStatistics(
        traffic[0],
        traffic[1],
        traffic[2],
        traffic[3],
        traffic[4],
        Collections.emptySortedMap(),
        connection.lastHeartbeatNanos(),
        connection.roundTripNanos());
  }

  @Override
  public final String complaint() {
    String complaint = esp == null ? "" : esp.complaint();
    return complaint.isEmpty() ? connection.complaint() : complaint;
  }

  @Override
  public final long nextDeadlineNanos() {
    return connection.nextDeadlineNanos();
  }

  @Override
  public final void onTime() {
    connection.onTime();
  }

  @Override
  public void remoteChanged(int address) {
    remote = address;
    changed();
  }

  /** The address as the data plane knows it. */
  static Ipv4Address ipv4(InetSocketAddress address) throws OverlayException {
    if (address.getAddress() instanceof Inet4Address ipv4) {
      return Ipv4Address.of(ipv4);
    }
    throw new OverlayException("fastdp-needs-ipv4");
  }
}
