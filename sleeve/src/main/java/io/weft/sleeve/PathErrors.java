package io.weft.sleeve;

import io.weft.linux.Errno;
import io.weft.linux.LinuxException;
import io.weft.linux.UdpSocket;

/**
 * Which errors of a connected socket only say something about the path. They come from ICMP
 * messages, which anybody can forge, from routes that come and go, and from firewall rules on the
 * way out (EPERM); the heartbeat decides whether the connection still works.
 */
public final class PathErrors {
  private static final int EPROTO = 71;
  private static final int EHOSTDOWN = 112;

  /** Attribute of a connection whose datagrams leave one by one, without UDP_SEGMENT. */
  public static final String NO_RUNS_ATTRIBUTE = "udp-gso";

  private PathErrors() {}

  /** Whether sending may go on after this error. */
  public static boolean isTolerated(int errno) {
    return switch (errno) {
      case Errno.ECONNREFUSED,
          Errno.EHOSTUNREACH,
          Errno.ENETUNREACH,
          Errno.ENETDOWN,
          Errno.EPERM,
          Errno.EACCES,
          EHOSTDOWN,
          Errno.ENOPROTOOPT,
          EPROTO ->
          true;
      default -> false;
    };
  }

  /** Whether it is the path that does not take a datagram: older kernels say EINVAL for a run. */
  public static boolean exceedsPath(int payload, UdpSocket socket) {
    int pathMtu = pathMtu(socket);
    return pathMtu > 0 && payload + SleeveProtocol.IP_UDP_BYTES > pathMtu;
  }

  /** What the kernel believes the path of a connected socket takes; 0 when it will not say. */
  public static int pathMtu(UdpSocket socket) {
    try {
      return socket.pathMtuBytes();
    } catch (LinuxException e) {
      return 0;
    }
  }
}
