package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.weft.linux.Ipv4Address;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** A key under which as much was sealed as may be, over real sockets. */
final class WornKeyTest {
  private static final byte[] KEY = Frames.bytes(32, 7);
  private static final int LEFT = 500;

  @Test
  void sealsNothingMoreUntilThereIsANewOneAndLeavesFramesToOtherOverlays() throws Exception {
    int port = freePort();
    try (Sleeve2Router a = router(0x7af45687763bL, 1, port);
        Sleeve2Router b = router(0xb29c11045ed0L, 2, port)) {
      Sleeve2Router.connect(a, b, KEY, KEY);
      a.confirm();
      b.confirm();
      until(a, b, "established", () -> a.isEstablished() && b.isEstablished());

      Sleeve2Forwarder forwarder = (Sleeve2Forwarder) a.forwarder();
      SendPath path = forwarder.path();
      assertNotNull(path);
      SendSession used = path.session();
      long from = Sleeve2Protocol.LAST_AGGREGATE - LEFT;
      forwarder.seal(new SendSession(used.epoch(), used.index(), used.key(), from));
      byte[] frame = Frames.bytes(100, 1);
      int taken = 0;
      while (a.send(frame)) {
        taken++;
      }
      assertEquals(LEFT, taken);
      until(a, b, "all that were taken", () -> b.received.size() == LEFT);

      b.received.clear();
      a.skip(Sleeve2Protocol.REKEY_NANOS + 1);
      b.skip(Sleeve2Protocol.REKEY_NANOS + 1);
      until(a, b, "a frame under a new key", () -> a.send(frame));
      until(a, b, "its arrival", () -> !b.received.isEmpty());
      assertEquals(0, b.count(Sleeve2Counter.DROPPED_NOT_AUTHENTIC));
    }
  }

  private static Sleeve2Router router(long name, int last, int port) throws Exception {
    InetAddress address = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
    Sleeve2Router router =
        new Sleeve2Router(name, new InetSocketAddress(address, port), true, null);
    router.start();
    return router;
  }

  private static int freePort() throws Exception {
    try (UdpSocket socket = UdpSocket.open()) {
      socket.bind(Ipv4Address.ANY, 0);
      return socket.localPort();
    }
  }

  private static void until(Sleeve2Router a, Sleeve2Router b, String what, BooleanSupplier done) {
    Await.until(
        what,
        () -> {
          a.turn();
          b.turn();
          return done.getAsBoolean();
        });
  }
}
