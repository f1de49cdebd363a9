package io.weft.fastpath;

import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.Ipv4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A connection that peer {@link #A} has opened to {@link #B}, and whose frames go nowhere. */
abstract class SilentForwarder extends VxlanForwarder {
  static final PeerName A = PeerName.parse("7a:f4:56:87:76:3b");
  static final PeerName B = PeerName.parse("b2:9c:11:04:5e:d0");
  static final long UID = 0x1e2c3e485e6c7e80L;
  static final int MTU = 1_376;
  static final int VXLAN_PORT = 6_784;
  private static final int SHORT_A = 0xa01;
  private static final int SHORT_B = 0xb02;
  private static final ShortIdTable SHORT_IDS =
      new ShortIdTable(new TreeMap<>(Map.of(SHORT_A, A, SHORT_B, B)));

  /** By the key of a session or null, with what {@link #B} has announced. */
  SilentForwarder(
      Settings settings,
      byte @Nullable [] sessionKey,
      Map<String, String> announced,
      Ipv4Address here,
      Ipv4Address there,
      ForwarderEvents events)
      throws OverlayException {
    super(settings, toB(sessionKey, announced, here, there), here, there, VXLAN_PORT, events);
  }

  private static ForwarderParameters toB(
      byte @Nullable [] sessionKey,
      Map<String, String> announced,
      Ipv4Address here,
      Ipv4Address there) {
    RemoteFeatures features =
        new RemoteFeatures(B, "", 1, 1, SHORT_B, false, "fastdp sleeve", announced);
    return new ForwarderParameters(
        A, B, UID, sessionKey, true, socketAddress(here), socketAddress(there), features);
  }

  private static InetSocketAddress socketAddress(Ipv4Address address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address.toString()), VXLAN_PORT - 1);
  }

  @Override
  final void register() {}

  @Override
  final void unregister() {}

  @Override
  void cutOff() {}

  @Override
  void changed() {}

  @Override
  final ShortIdTable shortIds() {
    return SHORT_IDS;
  }

  @Override
  final boolean carry(
      int lane, FrameBatch batch, int index, int source, int destination, boolean broadcast) {
    return true;
  }

  @Override
  final long[] traffic() {
    return new long[PathCounter.values().length];
  }

  @Override
  public final void heardNothing() {}

  @Override
  public final void flush(int lane) {}

  @Override
  public final String displayName() {
    return "fastdp";
  }
}
