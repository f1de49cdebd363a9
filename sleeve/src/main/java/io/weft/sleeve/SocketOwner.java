package io.weft.sleeve;

/** The connection whose path errors a socket reports. */
public interface SocketOwner {
  /**
   * A datagram was too long for the path.
   *
   * @param lane whose thread calls
   * @param pathMtu what the kernel believes the path takes, in bytes; 0 when it does not say
   */
  void tooBig(int lane, int pathMtu);
}
