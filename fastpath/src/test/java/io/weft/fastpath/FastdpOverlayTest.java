package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Netlink;
import io.weft.linux.RequiresRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What the router does itself beside the programs, and counts. */
@RequiresRoot
final class FastdpOverlayTest {
  private static final PeerName A = PeerName.parse("7a:f4:56:87:76:3b");
  private static final PeerName B = PeerName.parse("b2:9c:11:04:5e:d0");
  private static final int SHORT_A = 0xa01;
  private static final int SHORT_B = 0xb02;
  private static final int SHORT_C = 0x0c3;

  private final BlockingQueue<String> punted = new LinkedBlockingQueue<>();
  @AutoClose private final KernelGround ground = new KernelGround();
  private boolean conductorIsBusy;

  /** What a test does with B's overlay, which has a connection with A. */
  @FunctionalInterface
  private interface OnOverlay {
    void run(KernelPath path, FastdpOverlay overlay, Forwarder toA) throws Exception;
  }

  @Test
  void framesThatItIsGivenAreSentLeftToTheKernelOrToOthers() throws Exception {
    byte[] frame = KernelGround.frame(Vectors.bytes("vxlan-arp-A-to-B"));
    withOverlay((path, overlay, toA) -> {
      assertTrue(forward(toA, Lanes.RECEIVE, frame, true), "it came by another overlay");
      assertEquals(1, overlay.counters().get(LaneCounter.USER_SENT));
      assertEquals(
          "08000000" + "a01b0200" + KernelGround.hex(frame), KernelGround.receive(ground.first()));
      assertTrue(forward(toA, Lanes.CAPTURE, frame, true), "the kernel has made this copy");
      assertEquals(1, overlay.counters().get(LaneCounter.USER_LEFT_TO_KERNEL));
      assertFalse(forward(toA, Lanes.CAPTURE, new byte[KernelGround.MTU + 15], false), "too wide");
      assertEquals(1, overlay.counters().get(LaneCounter.USER_LEFT_TO_OTHERS));
      assertEquals(1, overlay.counters().get(LaneCounter.USER_SENT), "none of the others");
    });
  }

  @Test
  void whatTheNetworkDoesNotTakeIsCountedFramesAndHeartbeats() throws Exception {
    byte[] frame = KernelGround.frame(Vectors.bytes("vxlan-arp-A-to-B"));
    withOverlay((path, overlay, toA) -> {
      try (Netlink netlink = Netlink.open()) {
        netlink.links().setDown(netlink.links().get("eth0").index());
      }
      assertTrue(forward(toA, Lanes.RECEIVE, frame, false), "no other overlay would do better");
      assertEquals(1, overlay.counters().get(LaneCounter.USER_SEND_FAILURES));
      toA.confirm();
      assertEquals(1, overlay.counters().get(LaneCounter.HEARTBEAT_SEND_FAILURES));
      assertEquals(0, overlay.counters().get(LaneCounter.HEARTBEATS_SENT));
    });
  }

  @Test
  void aSocketThatCannotBeOpenedIsTriedAgainWithTheNextHeartbeatAndOthersCarryUntilThen()
      throws Exception {
    byte[] frame = KernelGround.frame(Vectors.bytes("vxlan-arp-A-to-B"));
    withOverlay((path, overlay, toA) -> {
      try (Netlink netlink = Netlink.open()) {
        int underlay = netlink.links().get("eth0").index();
        List<Ipv4Prefix> addresses = netlink.addresses().list(underlay);
        netlink.addresses().flush(underlay);
        assertFalse(forward(toA, Lanes.RECEIVE, frame, false), "others have sockets");
        for (Ipv4Prefix address : addresses) {
          netlink.addresses().add(underlay, address);
        }
      }
      assertFalse(forward(toA, Lanes.RECEIVE, frame, false), "not tried yet");
      assertEquals(2, overlay.counters().get(LaneCounter.USER_LEFT_TO_OTHERS));
      toA.confirm();
      assertTrue(forward(toA, Lanes.RECEIVE, frame, false), "its socket is there now");
      assertEquals(1, overlay.counters().get(LaneCounter.USER_SENT));
      assertEquals(2, overlay.counters().get(LaneCounter.USER_LEFT_TO_OTHERS));
    });
  }

  @Test
  void aFrameForAPeerThatIsGoneMeanwhileIsDroppedAndTheNextIsTaken() throws Exception {
    byte[] forC = Vectors.bytes("vxlan-arp-relay-A-via-B-to-C");
    byte[] forB = Vectors.bytes("vxlan-arp-A-to-B");
    withOverlay((path, overlay, toA) -> {
      KernelGround.describe(path, SHORT_B, SHORT_A, KernelGround.FIRST);
      path.tables().putRoute(SHORT_C, Layout.ROUTE_PUNT);
      path.tables().putTree(SHORT_A, new Tree(List.of(), true));
      // The kernel still knows C, and the router does not any more.
      KernelGround.send(ground.first(), forC);
      await(overlay, LaneCounter.PUNTS_DROPPED);
      KernelGround.send(ground.first(), forB);
      assertEquals(A + " to " + B, punted.poll(10, TimeUnit.SECONDS));
      assertEquals(1, overlay.counters().get(LaneCounter.PUNTS_TAKEN));
    });
  }

  @Test
  void aReportThatTheConductorHasNoRoomForIsCounted() throws Exception {
    conductorIsBusy = true;
    withOverlay((path, overlay, toA) -> {
      KernelGround.describe(path, SHORT_B, SHORT_A, KernelGround.FIRST);
      // An address that is new.
      KernelGround.say(KernelGround.frame(Vectors.bytes("vxlan-arp-A-to-B")));
      await(overlay, LaneCounter.REPORTS_DROPPED);
    });
  }

  private void withOverlay(OnOverlay test) throws Exception {
    ground.onHost(path -> {
      try (FastdpOverlay overlay =
          FastdpScenery.overlay(
              path, _ -> !conductorIsBusy, new TreeMap<>(Map.of(SHORT_A, A, SHORT_B, B)), B, A)) {
        overlay.start(new Sink(), () -> false, reason -> {});
        Forwarder toA = FastdpScenery.forwarder(overlay, B, A, SHORT_A);
        test.run(path, overlay, toA);
        toA.stop();
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    });
  }

  private static boolean forward(Forwarder to, int lane, byte[] frame, boolean broadcast) {
    FrameBatch batch = new FrameBatch(1, FrameBatch.MAX_FRAME_BYTES);
    batch.add(ByteBuffer.wrap(frame), 0, frame.length, 0, 0);
    boolean taken = to.forward(lane, batch, 0, B.value(), A.value(), broadcast);
    to.flush(lane);
    return taken;
  }

  private static void await(FastdpOverlay overlay, LaneCounter counter) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (overlay.counters().get(counter) == 0) {
      assertTrue(System.nanoTime() - deadline < 0, () -> "none was counted as " + counter);
      Thread.onSpinWait();
    }
  }

  private final class Sink implements FrameSink {
    @Override
    public void captured(int lane, FrameBatch batch) {
      throw new IllegalStateException("nothing is captured here");
    }

    @Override
    public void received(int lane, FrameBatch batch) {
      throw new IllegalStateException("the kernel receives");
    }

    @Override
    public void punted(int lane, FrameBatch batch) {
      for (int i = 0; i < batch.count(); i++) {
        punted.add(
            new PeerName(batch.sourcePeer(i)) + " to " + new PeerName(batch.destinationPeer(i)));
      }
    }
  }
}
