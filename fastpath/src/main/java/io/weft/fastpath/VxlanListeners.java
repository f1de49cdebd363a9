package io.weft.fastpath;

import io.weft.linux.Errno;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.PeerSocket;
import io.weft.sleeve.ReceiveLoop;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;

/** The sockets that VXLAN arrives at, each as long as somebody needs its port. Conductor thread. */
final class VxlanListeners {
  private static final System.Logger LOGGER = System.getLogger(VxlanListeners.class.getName());

  /** Our choice; the kernel caps it at its own limit. */
  private static final int RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

  private static final int LARGEST_PORT = 65_535;

  private record Listener(PeerSocket socket, int users) {}

  private final Ipv4Address bindAddress;
  private final ReceiveLoop loop;
  private final Map<Integer, Listener> byPort = new HashMap<>();

  /** None, at an address, for a loop that reads them. */
  VxlanListeners(Ipv4Address bindAddress, ReceiveLoop loop) {
    this.bindAddress = bindAddress;
    this.loop = loop;
  }

  /** Somebody needs a port, once more. */
  void acquire(int port) throws LinuxException {
    Listener known = byPort.get(port);
    byPort.put(port, known == null ? open(port) : new Listener(known.socket(), known.users() + 1));
  }

  /** Who has acquired a port does not need it any more; who is last has it closed. */
  void release(int port) {
    Listener known = byPort.remove(port);
    if (known == null) {
      return;
    }
    if (known.users() > 1) {
      byPort.put(port, new Listener(known.socket(), known.users() - 1));
      return;
    }
    try {
      loop.remove(known.socket());
    } catch (LinuxException e) {
      LOGGER.log(Level.WARNING, "UDP port {0}: {1}", Integer.toString(port), e.getMessage());
    }
    known.socket().close();
  }

  /** Closes all; the loop has ended or is about to. */
  void close() {
    byPort.values().forEach(listener -> listener.socket().close());
    byPort.clear();
  }

  private Listener open(int port) throws LinuxException {
    if (port > LARGEST_PORT) {
      throw new LinuxException("listen at UDP port " + port, Errno.EINVAL);
    }
    UdpSocket socket = UdpSocket.open();
    try {
      socket.setReceiveBufferBytes(RECEIVE_BUFFER_BYTES);
      socket.joinDatagrams();
      socket.bind(bindAddress, port);
      PeerSocket shared = new PeerSocket(socket, null);
      loop.add(shared);
      return new Listener(shared, 1);
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }
}
