package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.linux.Netlink;
import io.weft.linux.PacketSocket;
import io.weft.linux.RequiresRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What makes each counter of the programs move that no test of their frames holds. */
@RequiresRoot
final class KernelCountersTest {
  private static final int A = 0xa01;
  private static final int B = 0xb02;
  private static final int C = 0x0c3;
  private static final long BROADCAST = 0xffff_ffff_ffffL;
  private static final long SPANNING_TREE = 0x0180_c200_0000L;
  private static final long OURS = 0x5a00_0000_0001L;
  private static final long OTHER = 0x5a00_0000_0002L;

  /** More reports than the ring buffer holds while nobody reads it. */
  private static final int REPORTS = 6_000;

  /** As many addresses as the table holds (fastdp.c). */
  private static final int ADDRESSES = 65_536;

  @AutoClose private final KernelGround ground = new KernelGround();

  @Test
  void framesThatStayOnTheirHostAreCountedEachForItsReason() throws Exception {
    byte[] arriving = Vectors.bytes("vxlan-arp-A-to-B");
    long theirs = ByteBuffer.wrap(KernelGround.frame(arriving)).getLong(6) >>> 16;
    ground.onHost(path -> {
      KernelGround.describe(path, B, A, KernelGround.FIRST);
      KernelGround.say(KernelGround.frame(SPANNING_TREE, OURS));
      KernelGround.awaitCount(path, FastdpCounter.DROPPED_STP);
      path.tables().putMac(OTHER, Layout.OWNER_LOCAL, System.nanoTime());
      KernelGround.say(KernelGround.frame(OTHER, OURS));
      KernelGround.awaitCount(path, FastdpCounter.LEFT_LOCAL);
      KernelGround.send(ground.first(), arriving);
      KernelGround.awaitCount(path, FastdpCounter.RECEIVED);
      KernelGround.say(KernelGround.frame(BROADCAST, theirs));
      KernelGround.awaitCount(path, FastdpCounter.DROPPED_CONFLICT);
      // Ports of a bridge take no frame without a source, but the bridge itself sends one.
      try (Netlink netlink = Netlink.open();
          PacketSocket bridge =
              PacketSocket.open(netlink.links().get("weave").index(), PacketSocket.ALL_PROTOCOLS)) {
        byte[] frame = KernelGround.frame(BROADCAST, 0);
        ByteBuffer data = ByteBuffer.allocateDirect(frame.length).put(0, frame);
        assertEquals(frame.length, bridge.send(data, 0, frame.length));
      }
      KernelGround.awaitCount(path, FastdpCounter.DROPPED_SHORT);
    });
  }

  @Test
  void heartbeatsAreCountedAndReportsThatNobodyReadsAreLost() throws Exception {
    ground.onHost(path -> {
      KernelGround.describe(path, A, B, KernelGround.FIRST);
      KernelGround.send(ground.first(), Vectors.bytes("vxlan-heartbeat-1376"));
      KernelGround.awaitCount(path, FastdpCounter.HEARTBEATS);
      assertEquals(0, path.tables().count(FastdpCounter.EVENTS_LOST));
      sayAsMany(REPORTS);
      KernelGround.awaitCount(path, FastdpCounter.EVENTS_LOST);
    });
  }

  @Test
  void aFullTableLearnsNoMoreAndAFrameThatTheKernelCannotWrapIsDropped() throws Exception {
    ground.onHost(path -> {
      KernelGround.describe(path, A, B, KernelGround.FIRST);
      path.tables()
          .putHop(
              C,
              Hop.vxlan(
                  KernelGround.MTU,
                  Short.MAX_VALUE,
                  KernelGround.SECOND.value(),
                  KernelGround.HERE.value()));
      path.tables().putTree(A, new Tree(List.of(B, C), false));
      KernelGround.say(KernelGround.frame(BROADCAST, OURS));
      KernelGround.awaitCount(path, FastdpCounter.DROPPED_ENCAPSULATION);
      fill(path);
      KernelGround.say(KernelGround.frame(BROADCAST, OTHER));
      KernelGround.awaitCount(path, FastdpCounter.MACS_TABLE_FULL);
    });
  }

  private static void fill(KernelPath path) throws IOException {
    int known = KernelGround.ownerOf(path, OURS) == Layout.OWNER_LOCAL ? 1 : 0;
    for (int i = known; i < ADDRESSES; i++) {
      path.tables().putMac(0x5b00_0000_0000L | i, B, System.nanoTime());
    }
  }

  private static void sayAsMany(int count) throws IOException {
    try (PacketSocket socket = KernelGround.container()) {
      ByteBuffer data = ByteBuffer.allocateDirect(60);
      for (int i = 0; i < count; i++) {
        data.put(0, KernelGround.frame(BROADCAST, 0x5c00_0000_0000L | i));
        socket.send(data, 0, data.capacity());
      }
    }
  }
}
