package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.linux.Ipv4Address;
import io.weft.linux.PacketSocket;
import io.weft.linux.RequiresRoot;
import io.weft.sleeve.InternetChecksum;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Whole packets as they pass the cable between hosts, from the IPv4 header on (overlay.md C.1). */
@RequiresRoot
final class UnderlayPacketTest {
  private static final int A = 0xa01;
  private static final int B = 0xb02;
  private static final int C = 0x0c3;
  private static final long CONTAINER = 0x5a0000000001L;
  private static final long ELSEWHERE = 0x5a0000000002L;

  private static final int ETHERNET_BYTES = 14;
  private static final int IPV4_BYTES = 20;
  private static final int UDP_BYTES = 8;
  private static final int UDP = 17;
  private static final int DONT_FRAGMENT = 0x4000;

  @AutoClose private final KernelGround ground = new KernelGround();

  @Test
  void aBroadcastOfThisHostIsTheVectorInTheSpecifiedPacket() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-arp-A-to-B");
    ground.onHost(path -> {
      KernelGround.describe(path, A, B, KernelGround.FIRST);
      try (PacketSocket wire = ground.capture()) {
        KernelGround.say(KernelGround.frame(vector));
        assertPacket(vector, KernelGround.FIRST, 0, wire);
      }
    });
  }

  @Test
  void aRelayedBroadcastHasItsVectorAndTheAddressesOfTheRelayAndItsNeighbour() throws Exception {
    byte[] leaving = Vectors.bytes("vxlan-arp-relay-A-via-B-to-C");
    byte[] arriving = Vectors.bytes("vxlan-arp-A-to-B");
    ground.onHost(path -> {
      KernelGround.describe(path, B, A, KernelGround.FIRST);
      KernelGround.neighbour(path, C, KernelGround.SECOND);
      path.tables().putTree(A, new Tree(List.of(C), false));
      try (PacketSocket wire = ground.capture()) {
        KernelGround.send(ground.first(), arriving);
        assertPacket(leaving, KernelGround.SECOND, 0, wire);
        // The same once more, for C already: one destination instead of a tree.
        KernelGround.send(ground.first(), leaving);
        assertPacket(leaving, KernelGround.SECOND, 0, wire);
      }
      assertEquals(1, path.tables().count(FastdpCounter.RELAYED));
    });
  }

  @Test
  void ofAPacketsTypeOfServiceOnlyItsCongestionBitsAreOnTheOutside() throws Exception {
    byte[] frame = markedFrame();
    ByteBuffer expected = ByteBuffer.allocate(FastdpProtocol.VXLAN_BYTES + frame.length);
    expected.putInt(FastdpProtocol.VXLAN_FLAGS).putInt(FastdpForwarder.tunnel(A, B) << 8);
    expected.put(frame);
    ground.onHost(path -> {
      KernelGround.describe(path, A, B, KernelGround.FIRST);
      path.tables().putMac(ELSEWHERE, B, System.nanoTime());
      try (PacketSocket wire = ground.capture()) {
        KernelGround.say(frame);
        assertPacket(expected.array(), KernelGround.FIRST, 2, wire);
      }
    });
  }

  /** Expedited forwarding, capable of ECN; UDP to nobody. */
  private static byte[] markedFrame() {
    ByteBuffer frame = ByteBuffer.allocate(60);
    frame.putLong(0, ELSEWHERE << 16 | CONTAINER >>> 32).putInt(8, (int) CONTAINER);
    frame.putShort(12, (short) 0x0800).putShort(14, (short) 0x45ba).putShort(16, (short) 46);
    frame.put(22, (byte) 64).put(23, (byte) UDP).putInt(26, 0x0a200001).putInt(30, 0x0a200002);
    long sum = InternetChecksum.sum(frame, ETHERNET_BYTES, IPV4_BYTES);
    // The bridge's packet filter drops packets without it.
    return frame.putShort(24, (short) ~InternetChecksum.fold(sum)).array();
  }

  @Test
  void aHeartbeatThatARouterSendsIsTheVectorInTheSpecifiedPacket() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-heartbeat-1376");
    PeerName a = PeerName.parse("7a:f4:56:87:76:3b");
    PeerName b = PeerName.parse("b2:9c:11:04:5e:d0");
    ground.onHost(path -> {
      try (PacketSocket wire = ground.capture();
          FastdpOverlay overlay =
              FastdpScenery.overlay(path, _ -> true, new TreeMap<>(Map.of(A, a, B, b)), a, b)) {
        Forwarder forwarder = FastdpScenery.forwarder(overlay, a, b, B);
        forwarder.confirm();
        assertPacket(vector, KernelGround.FIRST, 0, wire);
        assertEquals(1, overlay.counters().get(LaneCounter.HEARTBEATS_SENT));
        forwarder.stop();
      }
    });
  }

  /**
   * The next packet of this host that carries no frame of the bridge itself is as specified; what
   * is not specified is taken from it: identification and source port.
   */
  private static void assertPacket(
      byte[] payload, Ipv4Address destination, int typeOfService, PacketSocket wire)
      throws IOException {
    byte[] packet = nextTo(destination, wire);
    ByteBuffer seen = ByteBuffer.wrap(packet);
    int length = IPV4_BYTES + UDP_BYTES + payload.length;
    ByteBuffer expected = ByteBuffer.allocate(length);
    expected.put((byte) 0x45).put((byte) typeOfService).putShort((short) length);
    expected.putShort(seen.getShort(4)).putShort((short) DONT_FRAGMENT);
    expected.put((byte) 64).put((byte) UDP).putShort((short) 0);
    expected.putInt(KernelGround.HERE.value()).putInt(destination.value());
    long sum = InternetChecksum.sum(expected, 0, IPV4_BYTES);
    expected.putShort(10, (short) ~InternetChecksum.fold(sum));
    assertNotEquals(0, seen.getShort(IPV4_BYTES), "source port");
    expected.putShort(seen.getShort(IPV4_BYTES)).putShort((short) KernelGround.PORT);
    expected.putShort((short) (UDP_BYTES + payload.length)).putShort((short) 0);
    expected.put(payload);
    assertEquals(KernelGround.hex(expected.array()), KernelGround.hex(packet));
  }

  /** The next VXLAN packet of this host to a neighbour, without its Ethernet header. */
  private static byte[] nextTo(Ipv4Address destination, PacketSocket wire) throws IOException {
    byte[] frame =
        KernelGround.next(wire, heard -> isTo(destination, heard))
            .orElseThrow(() -> new AssertionError("no packet to " + destination));
    return Arrays.copyOfRange(frame, ETHERNET_BYTES, frame.length);
  }

  private static boolean isTo(Ipv4Address destination, byte[] frame) {
    ByteBuffer data = ByteBuffer.wrap(frame);
    return frame.length > ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES
        && data.getShort(12) == 0x0800
        && data.getInt(26) == KernelGround.HERE.value()
        && data.getInt(30) == destination.value()
        && !isOfTheBridge(frame);
  }

  /** Group memberships of the bridge, which it says of its own accord. */
  private static boolean isOfTheBridge(byte[] underlay) {
    int frame = ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES + FastdpProtocol.VXLAN_BYTES;
    return underlay.length > frame && (underlay[frame] & 1) != 0 && underlay[frame] != -1;
  }
}
