package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Netlink;
import io.weft.linux.PacketSocket;
import io.weft.linux.RequiresRoot;
import io.weft.sleeve.InternetChecksum;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The programs in a real kernel, held against the vectors of the wire format. */
@RequiresRoot
final class KernelPathTest {
  private static final int A = 0xa01;
  private static final int B = 0xb02;
  private static final int C = 0x0c3;
  private static final long ELSEWHERE = 0x5a0000000002L;
  private static final int TCP = 6;

  /** A TCP SYN that asks for segments of 1460 bytes, by its first option. */
  private static final String SYN =
      "5a00000000025a000000000108004500002c00014000400626890a2000010a2000029c4013890000"
          + "0001000000006002faf0d9280000020405b4";

  /** The same after an option of one byte. */
  private static final String SYN_ODD =
      "5a00000000025a000000000108004500003000014000400626850a2000010a2000029c4013890000"
          + "0001000000007002faf016d3000001020405b4010101";

  /** The first over IPv6, asking for 1440 bytes. */
  private static final String SYN_IPV6 =
      "5a00000000025a000000000186dd6000000000180640fd000000000000000000000000000001"
          + "fd0000000000000000000000000000029c40138900000001000000006002faf0f37a0000020405a0";

  /** And the second. */
  private static final String SYN_IPV6_ODD =
      "5a00000000025a000000000186dd60000000001c0640fd000000000000000000000000000001"
          + "fd0000000000000000000000000000029c40138900000001000000007002faf045110000"
          + "01020405a0010101";

  @AutoClose private final KernelGround ground = new KernelGround();

  @Test
  void aBroadcastOfThisHostLeavesAsTheVectorSays() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-arp-A-to-B");
    ground.onHost(path -> {
      KernelGround.describe(path, A, B, KernelGround.FIRST);
      KernelGround.say(KernelGround.frame(vector));
      assertEquals(KernelGround.hex(vector), KernelGround.receive(ground.first()));
      assertEquals(1, path.tables().count(FastdpCounter.SENT_FLOODED));
      assertEquals(1, path.tables().traffic(B)[0], "packets to the neighbour");
    });
  }

  @Test
  void aBroadcastOfANeighbourGoesOnToTheOtherAsTheVectorSays() throws Exception {
    byte[] arriving = Vectors.bytes("vxlan-arp-A-to-B");
    byte[] leaving = Vectors.bytes("vxlan-arp-relay-A-via-B-to-C");
    ground.onHost(path -> {
      KernelGround.describe(path, B, A, KernelGround.FIRST);
      KernelGround.neighbour(path, C, KernelGround.SECOND);
      path.tables().putTree(A, new Tree(List.of(C), false));
      try (PacketSocket heard = KernelGround.container()) {
        KernelGround.send(ground.first(), arriving);
        assertEquals(KernelGround.hex(leaving), KernelGround.receive(ground.second()));
        assertTrue(
            KernelGround.hears(heard, KernelGround.frame(arriving)), "the bridge has it too");
      }
      assertEquals(1, path.tables().count(FastdpCounter.RECEIVED));
    });
  }

  @Test
  void aFrameForAnotherPeerIsRelayedUnchanged() throws Exception {
    byte[] arriving = Vectors.bytes("vxlan-arp-relay-A-via-B-to-C");
    ground.onHost(path -> {
      KernelGround.describe(path, B, A, KernelGround.FIRST);
      KernelGround.neighbour(path, C, KernelGround.SECOND);
      KernelGround.send(ground.first(), arriving);
      assertEquals(KernelGround.hex(arriving), KernelGround.receive(ground.second()));
      assertEquals(1, path.tables().count(FastdpCounter.RELAYED));
      assertEquals(0, path.tables().count(FastdpCounter.PUNTED), "through user space");
      assertEquals(0, path.tables().macs().size(), "a relay learns nothing");
    });
  }

  @Test
  void aConnectionIsOpenedWithSegmentsThatFitThePath() throws Exception {
    onBothSides(SYN, "020405b4", "02040538");
    // The option across two pairs of the checksum.
    onBothSides(SYN_ODD, "01020405b401", "010204053801");
    onBothSides(SYN_IPV6, "020405a0", "02040524");
    onBothSides(SYN_IPV6_ODD, "01020405a001", "010204052401");
  }

  /** A frame of the container and one of the neighbour; both ends' wish is lowered to the MTU. */
  private void onBothSides(String opening, String wish, String lowered) throws Exception {
    String expected = withSum(opening.replace(wish, lowered));
    assertEquals(opening, withSum(opening), "the sum is right before");
    ground.onHost(path -> {
      KernelGround.describe(path, A, B, KernelGround.FIRST);
      path.tables().putMac(ELSEWHERE, B, System.nanoTime());
      KernelGround.say(HexFormat.of().parseHex(opening));
      String sent = KernelGround.receiveTo(ground.first(), ELSEWHERE);
      assertEquals("08000000b02a0100" + expected, sent);
      try (PacketSocket heard = KernelGround.container()) {
        // What fits already passes as it is.
        for (String frame : List.of(opening, expected)) {
          String turned = frame.substring(12, 24) + frame.substring(0, 12) + frame.substring(24);
          KernelGround.send(ground.first(), HexFormat.of().parseHex("08000000a01b0200" + turned));
          byte[] given = HexFormat.of().parseHex(turned.substring(0, 24) + expected.substring(24));
          assertTrue(KernelGround.hears(heard, given), () -> "in place of " + turned);
        }
      }
    });
  }

  /** The frame with the checksum that its TCP segment ought to have. */
  private static String withSum(String frame) {
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(frame));
    boolean six = bytes.getShort(12) == (short) 0x86dd;
    int addresses = six ? 22 : 26;
    int tcp = six ? 54 : 34;
    int segmentBytes = bytes.limit() - tcp;
    bytes.putShort(tcp + 16, (short) 0);
    long sum = InternetChecksum.sum(bytes, addresses, bytes.limit() - addresses);
    sum += TCP + segmentBytes;
    bytes.putShort(tcp + 16, (short) ~InternetChecksum.fold(sum));
    return KernelGround.hex(bytes.array());
  }

  @Test
  void whatIsWiderThanThePathIsLeftToUserSpace() throws Exception {
    byte[] wide = new byte[14 + KernelGround.MTU + 1];
    ByteBuffer.wrap(wide).putLong(0, 0x5a00000000025a00L).putInt(8, 1).putShort(12, (short) 0x88b6);
    ground.onHost(path -> {
      KernelGround.describe(path, A, B, KernelGround.FIRST);
      path.tables().putMac(ELSEWHERE, B, System.nanoTime());
      KernelGround.say(wide);
      KernelGround.awaitCount(path, FastdpCounter.PUNTED);
      KernelGround.say(Arrays.copyOf(wide, wide.length - 1));
      KernelGround.receive(ground.first());
      assertEquals(1, path.tables().count(FastdpCounter.SENT_UNICAST), "only what fits");
    });
  }

  @Test
  void framesThatMustNotPassAreDroppedEachForItsReason() throws Exception {
    byte[] forC = Vectors.bytes("vxlan-arp-relay-A-via-B-to-C");
    byte[] forB = Vectors.bytes("vxlan-arp-A-to-B");
    ground.onHost(path -> {
      KernelGround.describe(path, B, A, KernelGround.FIRST);
      KernelGround.send(ground.second(), forB);
      KernelGround.awaitCount(path, FastdpCounter.DROPPED_UNKNOWN_SOURCE);
      KernelGround.send(ground.first(), forC);
      KernelGround.awaitCount(path, FastdpCounter.DROPPED_UNKNOWN_PEER);
      path.tables().putRoute(C, Layout.ROUTE_NONE);
      KernelGround.send(ground.first(), forC);
      KernelGround.awaitCount(path, FastdpCounter.DROPPED_NO_ROUTE);
      KernelGround.neighbour(path, C, KernelGround.FIRST);
      KernelGround.send(ground.first(), forC);
      KernelGround.awaitCount(path, FastdpCounter.DROPPED_HAIRPIN);
      path.tables().putRoute(A, Layout.ROUTE_SELF);
      KernelGround.send(ground.first(), forB);
      KernelGround.awaitCount(path, FastdpCounter.DROPPED_LOOP);
    });
  }

  @Test
  void addressesAreLearnedAndMoveAtOnce() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-arp-A-to-B");
    long mac = 0x5a0000000001L;
    ground.onHost(path -> {
      KernelGround.describe(path, B, A, KernelGround.FIRST);
      KernelGround.say(KernelGround.frame(vector));
      KernelGround.receive(ground.first());
      assertEquals(Layout.OWNER_LOCAL, KernelGround.ownerOf(path, mac));
      KernelGround.send(ground.first(), vector);
      KernelGround.awaitCount(path, FastdpCounter.MOVED);
      assertEquals(A, KernelGround.ownerOf(path, mac));
    });
  }

  @Test
  void theNextRouterGoesOnWithTheTablesOfTheOneBefore() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-arp-A-to-B");
    ground.onHost(path -> {
      assertFalse(path.isAdopted());
      KernelGround.describe(path, A, B, KernelGround.FIRST);
    });
    // The router is gone, and the kernel goes on.
    ground.host().perform(() -> KernelGround.say(KernelGround.frame(vector)));
    assertEquals(KernelGround.hex(vector), KernelGround.receive(ground.first()));
    ground.onHost(path -> {
      assertTrue(path.isAdopted());
      assertEquals(A, path.tables().activeShortId().orElseThrow());
      ForwardingState state = new ForwardingState(path.tables());
      path.tables().adopt(state, 0);
      assertTrue(state.forwardsTo(B));
      KernelGround.say(KernelGround.frame(vector));
      assertEquals(KernelGround.hex(vector), KernelGround.receive(ground.first()));
    });
    try (Netlink netlink = Netlink.open(ground.host())) {
      KernelPath.remove(netlink, "vethwe-bridge");
      assertEquals(
          List.of(),
          netlink.links().list().stream()
              .filter(link -> link.name().startsWith("vxlan") || link.name().contains("punt"))
              .toList());
    }
    ground.onHost(path -> assertFalse(path.isAdopted(), "nothing is left to adopt"));
  }

  @Test
  void mapsLookAsTheLayoutSays() throws Exception {
    ground.onHost(path -> {
      // Opening twice in a row adopts, which only maps of the very same descriptions allow.
      try (KernelPath again = KernelPath.open("vethwe-bridge", KernelGround.PORT)) {
        assertTrue(again.isAdopted());
      }
    });
  }

  @Test
  void aRawSocketHearsTheHeartbeatsThatTheDriverDrops() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-heartbeat-1376");
    ground
        .host()
        .perform(() -> {
          BlockingQueue<KernelEvent> heard = new LinkedBlockingQueue<>();
          RawHeartbeatReader reader = new RawHeartbeatReader(heard::addAll, reason -> {});
          Thread thread = new Thread(reader, "raw");
          thread.start();
          try {
            // No device takes the port: what the driver would drop is dropped for certain.
            KernelGround.send(ground.first(), Vectors.bytes("vxlan-arp-A-to-B"));
            KernelGround.send(ground.first(), vector);
            KernelEvent.Heartbeat heartbeat =
                (KernelEvent.Heartbeat)
                    Objects.requireNonNull(
                        heard.poll(KernelGround.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS));
            assertEquals(
                new KernelEvent.Heartbeat(
                    KernelGround.FIRST.value(), 1390, 0x1e2c3e485e6c7e80L, 1390, 0),
                heartbeat);
            assertTrue(heartbeat.isWhole());
          } catch (InterruptedException e) {
            throw new IOException(e);
          } finally {
            reader.stop();
          }
        });
  }

  @Test
  void heartbeatsLookAsTheVectorSays() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-heartbeat-1376");
    ByteBuffer datagram = ByteBuffer.allocateDirect(2_000);
    int length = Heartbeats.write(datagram, 0x1e2c3e485e6c7e80L, 1376, 0);
    byte[] written = new byte[length];
    datagram.get(0, written);
    assertEquals(
        KernelGround.hex(Arrays.copyOfRange(vector, FastdpProtocol.VXLAN_BYTES, vector.length)),
        KernelGround.hex(Arrays.copyOfRange(written, FastdpProtocol.VXLAN_BYTES, length)));
  }

  @Test
  void identifiersLookAsTheTableSays() throws Exception {
    Matcher row =
        Pattern.compile("\"src\": (\\d+),\\s+\"dst\": (\\d+),\\s+\"tunnelId\": \"(\\w+)\"")
            .matcher(Vectors.text("vxlan-vni-table.json"));
    int rows = 0;
    while (row.find()) {
      int source = Integer.parseInt(row.group(1));
      int destination = Integer.parseInt(row.group(2));
      assertEquals(Long.parseLong(row.group(3), 16), FastdpForwarder.tunnel(source, destination));
      rows++;
    }
    assertEquals(6, rows);
  }
}
