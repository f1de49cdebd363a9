package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.fastpath.KernelLook.Action;
import io.weft.linux.RequiresRoot;
import io.weft.linux.UdpSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * What a trace says of the kernel is what the programs then do: each is asked, then sent a frame.
 */
@RequiresRoot
final class KernelLooksTest {
  private static final int SELF = 0xa01;
  private static final int NEIGHBOUR = 0xb02;
  private static final int OTHER = 0x0c3;
  private static final int NOBODY = 0xfff;
  private static final long OURS = 0x5a00_0000_0001L;
  private static final long THEIRS = 0x5a00_0000_0002L;

  @AutoClose private final KernelGround ground = new KernelGround();

  @Test
  void aFrameOfThisHostGoesWhereTheLookSays() throws Exception {
    ground.onHost(path -> {
      KernelGround.describe(path, SELF, NEIGHBOUR, KernelGround.FIRST);
      captured(path, Action.FLOODED, FastdpCounter.SENT_FLOODED);
      own(path, NEIGHBOUR);
      captured(path, Action.SENT, FastdpCounter.SENT_UNICAST);
      own(path, Layout.OWNER_LOCAL);
      captured(path, Action.BRIDGED, FastdpCounter.LEFT_LOCAL);
      own(path, Layout.OWNER_OUTSIDE);
      captured(path, Action.PUNTED, FastdpCounter.PUNTED);
      own(path, OTHER);
      captured(path, Action.DROPPED, FastdpCounter.DROPPED_NO_ROUTE);
      path.tables().putRoute(OTHER, Layout.ROUTE_PUNT);
      captured(path, Action.PUNTED, FastdpCounter.PUNTED);
      path.tables().putRoute(OTHER, Layout.ROUTE_VIA | OTHER);
      captured(path, Action.DROPPED, FastdpCounter.DROPPED_NO_ROUTE);
    });
  }

  @Test
  void aFrameOfAPeerGoesWhereTheLookSays() throws Exception {
    ground.onHost(path -> {
      KernelGround.describe(path, SELF, NEIGHBOUR, KernelGround.FIRST);
      arrived(path, NEIGHBOUR, SELF, Action.BRIDGED, FastdpCounter.RECEIVED);
      arrived(path, NOBODY, SELF, Action.DROPPED, FastdpCounter.DROPPED_UNKNOWN_PEER);
      arrived(path, NEIGHBOUR, NOBODY, Action.DROPPED, FastdpCounter.DROPPED_UNKNOWN_PEER);
      arrived(path, SELF, SELF, Action.DROPPED, FastdpCounter.DROPPED_LOOP);
      arrived(path, NEIGHBOUR, NEIGHBOUR, Action.DROPPED, FastdpCounter.DROPPED_HAIRPIN);
      path.tables().putRoute(OTHER, Layout.ROUTE_NONE);
      arrived(path, NEIGHBOUR, OTHER, Action.DROPPED, FastdpCounter.DROPPED_NO_ROUTE);
      // Nobody is known at the other address so far.
      follow(
          path,
          new KernelLooks(path.tables()).arrived(NEIGHBOUR, SELF, KernelGround.SECOND),
          Action.DROPPED,
          FastdpCounter.DROPPED_UNKNOWN_SOURCE,
          () -> send(ground.second(), NEIGHBOUR, SELF));
      KernelGround.neighbour(path, OTHER, KernelGround.SECOND);
      arrived(path, NEIGHBOUR, OTHER, Action.SENT, FastdpCounter.RELAYED);
      path.tables().putHop(OTHER, Hop.PUNT);
      arrived(path, NEIGHBOUR, OTHER, Action.PUNTED, FastdpCounter.PUNTED);
    });
  }

  private static void own(KernelPath path, int owner) {
    path.tables().putMac(THEIRS, owner, System.nanoTime());
  }

  private static void captured(KernelPath path, Action action, FastdpCounter counter)
      throws IOException {
    KernelLook look = new KernelLooks(path.tables()).captured(THEIRS);
    follow(path, look, action, counter, () -> KernelGround.say(KernelGround.frame(THEIRS, OURS)));
  }

  private void arrived(
      KernelPath path, int source, int destination, Action action, FastdpCounter counter)
      throws IOException {
    KernelLook look =
        new KernelLooks(path.tables()).arrived(source, destination, KernelGround.FIRST);
    follow(path, look, action, counter, () -> send(ground.first(), source, destination));
  }

  /** Sends a frame. */
  @FunctionalInterface
  private interface Frame {
    void send() throws IOException;
  }

  private static void follow(
      KernelPath path, KernelLook look, Action action, FastdpCounter counter, Frame frame)
      throws IOException {
    assertEquals(action, look.action(), () -> look.entries().toString());
    String last = look.entries().getLast();
    String name = "weft_fastdp_" + counter.name().toLowerCase(Locale.ROOT) + "_total";
    assertEquals(action == Action.DROPPED, last.endsWith("(" + name + ")"), last);
    long before = path.tables().count(counter);
    frame.send();
    KernelGround.awaitCount(path, counter, before + 1);
  }

  private static void send(UdpSocket from, int source, int destination) {
    ByteBuffer datagram =
        ByteBuffer.allocate(FastdpProtocol.VXLAN_BYTES + KernelGround.FRAME_BYTES);
    datagram.putInt(FastdpProtocol.VXLAN_FLAGS);
    datagram.putInt(FastdpForwarder.tunnel(source, destination) << 8);
    KernelGround.send(from, datagram.put(KernelGround.frame(OURS, THEIRS)).array());
  }
}
