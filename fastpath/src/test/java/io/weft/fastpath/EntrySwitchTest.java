package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.PacketSocket;
import io.weft.linux.Poller;
import io.weft.linux.ReceiveVector;
import io.weft.linux.RequiresRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * One entry says whether the kernel carries frames to a neighbour or user space does, by which an
 * overlay takes over from another. It changes again and again under traffic: each frame goes one
 * way or the other, none is lost and none goes both.
 */
@RequiresRoot
final class EntrySwitchTest {
  private static final int A = 0xa01;
  private static final int B = 0xb02;
  private static final long LOCAL = 0x5a0000000001L;
  private static final long ELSEWHERE = 0x5a0000000002L;

  /** Fewer than either socket holds. */
  private static final int BURST = 32;

  private static final int LEAST_BURSTS = 200;
  private static final int MOST_BURSTS = 20_000;
  private static final int ROOM = 2_000;
  private static final int NUMBER = 20;
  private static final int KERNEL = 0;
  private static final int USER_SPACE = 1;

  @AutoClose private final KernelGround ground = new KernelGround();
  private final BitSet arrived = new BitSet();
  private final ReceiveVector vector = new ReceiveVector(BURST, ROOM);
  private final ByteBuffer heard = ByteBuffer.allocateDirect(ROOM);
  private int byKernel;
  private int byUserSpace;

  @Test
  void noFrameIsLostOrSentTwiceWhileTheEntryOfANeighbourChanges() throws Exception {
    ground.onHost(path -> {
      KernelGround.describe(path, A, B, KernelGround.FIRST);
      path.tables().putMac(ELSEWHERE, B, System.nanoTime());
      Hop vxlan =
          Hop.vxlan(
              KernelGround.MTU,
              path.openPort(KernelGround.PORT),
              KernelGround.FIRST.value(),
              KernelGround.HERE.value());
      AtomicBoolean enough = new AtomicBoolean();
      AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();
      Thread changing = new Thread(() -> change(path, vxlan, enough), "changing");
      changing.setUncaughtExceptionHandler((thread, e) -> fault.set(e));
      try (Netlink netlink = Netlink.open();
          PacketSocket userSpace =
              PacketSocket.open(
                  netlink.links().get("vethwe-pcap").index(), PacketSocket.ALL_PROTOCOLS);
          PacketSocket container = KernelGround.container()) {
        changing.start();
        sayAndHear(container, userSpace);
      } finally {
        enough.set(true);
        join(changing);
      }
      assertEquals(null, fault.get());
    });
    assertTrue(byKernel > 0 && byUserSpace > 0, byKernel + " and " + byUserSpace);
  }

  private static void change(KernelPath path, Hop vxlan, AtomicBoolean enough) {
    while (!enough.get()) {
      path.tables().putHop(B, Hop.PUNT);
      path.tables().putHop(B, vxlan);
    }
  }

  /** Until both ways were gone, and a while. */
  private void sayAndHear(PacketSocket container, PacketSocket userSpace) throws IOException {
    byte[] frame = KernelGround.frame(ELSEWHERE, LOCAL);
    ByteBuffer data = ByteBuffer.allocateDirect(frame.length).put(0, frame);
    try (Poller poller = Poller.open(2)) {
      poller.add(ground.first(), KERNEL);
      poller.add(userSpace, USER_SPACE);
      for (int burst = 0; burst < MOST_BURSTS; burst++) {
        for (int i = 0; i < BURST; i++) {
          data.putInt(NUMBER, burst * BURST + i);
          assertEquals(frame.length, container.send(data, 0, frame.length));
        }
        int sent = (burst + 1) * BURST;
        while (byKernel + byUserSpace < sent) {
          int ready = poller.await(KernelGround.TIMEOUT_MILLIS);
          assertTrue(ready > 0, () -> byKernel + byUserSpace + " of " + sent + " have arrived");
          for (int i = 0; i < ready; i++) {
            hear(poller.readyToken(i), userSpace);
          }
        }
        if (burst >= LEAST_BURSTS && byKernel > 0 && byUserSpace > 0) {
          return;
        }
      }
    }
  }

  private void hear(int way, PacketSocket userSpace) throws LinuxException {
    if (way == KERNEL) {
      int count = ground.first().receive(vector);
      for (int i = 0; i < count; i++) {
        byKernel += note(vector.slab(), vector.offset(i) + FastdpProtocol.VXLAN_BYTES);
      }
    } else if (userSpace.receive(heard, 0, ROOM) > 0 && !userSpace.lastWasOutgoing()) {
      byUserSpace += note(heard, 0);
    }
  }

  /** Counts a frame of the test, once. */
  private int note(ByteBuffer frames, int frame) {
    if (frames.getLong(frame) >>> 16 != ELSEWHERE) {
      return 0;
    }
    int number = frames.getInt(frame + NUMBER);
    assertFalse(arrived.get(number), () -> "frame " + number + " has come twice");
    arrived.set(number);
    return 1;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
