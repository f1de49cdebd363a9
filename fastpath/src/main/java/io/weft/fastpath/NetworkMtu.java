package io.weft.fastpath;

import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.UdpSocket;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel knows of the ways to other hosts, asked through one socket that sends nothing.
 * Conductor thread, in whose network namespace it is.
 */
final class NetworkMtu implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(NetworkMtu.class.getName());

  private @Nullable UdpSocket socket;

  /** What a way carries, in bytes with the IP header; 0 when the kernel does not say. */
  int toward(Ipv4Address remote, int port) {
    UdpSocket asked = socket;
    try {
      if (asked == null) {
        asked = UdpSocket.open();
        socket = asked;
      }
      // Each time anew, as a socket keeps the route that it was connected by.
      asked.connect(remote, port);
      return asked.pathMtuBytes();
    } catch (LinuxException e) {
      LOGGER.log(Level.DEBUG, "the MTU toward " + remote, e);
      // The address that it has may be gone from this host; a new one gets another.
      close();
      return 0;
    }
  }

  @Override
  public void close() {
    UdpSocket open = socket;
    if (open != null) {
      open.close();
      socket = null;
    }
  }
}
