package io.weft.fastpath;

import io.weft.linux.Errno;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.PeerSocket;
import io.weft.sleeve.ReceiveLoop;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The sockets that VXLAN arrives at, each as long as somebody needs its port. Conductor thread. */
public final class VxlanListeners {
  private static final System.Logger LOGGER = System.getLogger(VxlanListeners.class.getName());

  /** Our choice; the kernel caps it at its own limit. */
  private static final int RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

  private static final int LARGEST_PORT = 65_535;

  private final Ipv4Address bindAddress;
  private final ReceiveLoop loop;
  private final Map<Integer, Integer> users = new TreeMap<>();
  private final Map<Integer, PeerSocket> sockets = new TreeMap<>();
  private boolean suspended;

  /** None, at an address, for a loop that reads them. */
  VxlanListeners(Ipv4Address bindAddress, ReceiveLoop loop) {
    this.bindAddress = bindAddress;
    this.loop = loop;
  }

  /**
   * Who keeps the router from speaking VXLAN in the network namespace of the calling thread, found
   * out by trying; null when nobody does. Other failures show when it begins.
   *
   * @param bindAddress of the mesh
   * @param meshPort of this router
   */
  public static @Nullable String whyNot(Ipv4Address bindAddress, int meshPort) {
    int port = meshPort + FastdpProtocol.PORT_OFFSET;
    try {
      bind(bindAddress, port).close();
      return null;
    } catch (LinuxException e) {
      return e.errno() == Errno.EADDRINUSE
          ? "UDP port %d is in use by another program".formatted(port)
          : null;
    }
  }

  /**
   * Somebody needs a port, once more. While all are given up it is taken with the others, but one
   * that nobody needed before is tried: else {@link #resume} would fail for all by this one.
   *
   * @throws LinuxException when the port is none, or cannot be had
   */
  void acquire(int port) throws LinuxException {
    if (port > LARGEST_PORT) {
      throw new LinuxException("listen at UDP port " + port, Errno.EINVAL);
    }
    if (!suspended) {
      open(port);
    } else if (!users.containsKey(port)) {
      bind(bindAddress, port).close();
    }
    users.merge(port, 1, Integer::sum);
  }

  /** Who has acquired a port does not need it any more; who is last has it closed. */
  void release(int port) {
    Integer left = users.computeIfPresent(port, (_, count) -> count > 1 ? count - 1 : null);
    if (left == null) {
      close(port);
    }
  }

  /** Gives all ports up; one that is being read a moment later. */
  void suspend() {
    suspended = true;
    List.copyOf(sockets.keySet()).forEach(this::close);
  }

  /**
   * Takes every port that is needed.
   *
   * @throws LinuxException when one cannot be had, and all others are; to be called again
   */
  void resume() throws LinuxException {
    LinuxException failure = null;
    for (int port : users.keySet()) {
      try {
        open(port);
      } catch (LinuxException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
    suspended = false;
  }

  private void close(int port) {
    PeerSocket socket = sockets.remove(port);
    if (socket == null) {
      return;
    }
    try {
      loop.remove(socket);
    } catch (LinuxException e) {
      LOGGER.log(Level.WARNING, "UDP port {0}: {1}", Integer.toString(port), e.getMessage());
    }
    socket.close();
  }

  private void open(int port) throws LinuxException {
    if (sockets.containsKey(port)) {
      return;
    }
    UdpSocket socket = bind(bindAddress, port);
    PeerSocket shared = new PeerSocket(socket, null);
    try {
      loop.add(shared);
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
    sockets.put(port, shared);
  }

  private static UdpSocket bind(Ipv4Address bindAddress, int port) throws LinuxException {
    UdpSocket socket = UdpSocket.open();
    try {
      socket.setReceiveBufferBytes(RECEIVE_BUFFER_BYTES);
      socket.joinDatagrams();
      socket.bind(bindAddress, port);
      return socket;
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }
}
