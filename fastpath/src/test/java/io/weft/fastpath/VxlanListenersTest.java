package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.linux.Errno;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.ReceiveVector;
import io.weft.sleeve.PeerSocket;
import io.weft.sleeve.ReceiveLoop;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which ports VXLAN has beside another program. */
final class VxlanListenersTest {
  private static final Ipv4Address LOOPBACK = Ipv4Address.parse("127.0.0.1");

  private ReceiveLoop loop;
  private VxlanListeners listeners;
  private DatagramSocket other;
  private int port;

  @BeforeEach
  void anotherProgramHasAPort() throws Exception {
    loop = new ReceiveLoop(new Nobody(), _ -> {});
    listeners = new VxlanListeners(LOOPBACK, loop);
    other = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    port = other.getLocalPort();
  }

  @AfterEach
  void close() {
    other.close();
    listeners.suspend();
    loop.close();
  }

  @Test
  void aPortThatAnotherProgramHasIsRefused() {
    assertHeldByOther();
  }

  @Test
  void itIsRefusedAsWellWhileAllPortsAreGivenUpSoThatTheyCanBeTakenAgain() {
    listeners.suspend();
    assertHeldByOther();
    assertDoesNotThrow(() -> listeners.resume(), "nobody needs the port");
  }

  @Test
  void aPortThatIsFreeIsTriedAndTakenWithTheOthers() throws Exception {
    listeners.suspend();
    other.close();
    listeners.acquire(port);
    bindByOther().close();
    listeners.resume();
    assertThrows(SocketException.class, this::bindByOther);
    listeners.release(port);
    bindByOther().close();
  }

  @Test
  void aPortThatIsNeededAlreadyIsNotTriedSinceADeviceMayHaveIt() throws Exception {
    other.close();
    listeners.acquire(port);
    listeners.suspend();
    try (DatagramSocket device = bindByOther()) {
      listeners.acquire(port);
      assertEquals(port, device.getLocalPort());
      LinuxException failure = assertThrows(LinuxException.class, listeners::resume);
      assertEquals(Errno.EADDRINUSE, failure.errno());
    }
    listeners.resume();
    listeners.release(port);
    assertThrows(SocketException.class, this::bindByOther, "one more needs it");
  }

  private void assertHeldByOther() {
    LinuxException refusal = assertThrows(LinuxException.class, () -> listeners.acquire(port));
    assertEquals(Errno.EADDRINUSE, refusal.errno());
  }

  private DatagramSocket bindByOther() throws SocketException {
    return new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private static final class Nobody implements ReceiveLoop.Handler {
    @Override
    public void received(ReceiveVector vector) {}

    @Override
    public void pathError(PeerSocket socket, int errno) {}

    @Override
    public void lost(RuntimeException fault) {}
  }
}
