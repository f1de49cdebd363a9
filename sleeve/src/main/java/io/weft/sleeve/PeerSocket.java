package io.weft.sleeve;

import io.weft.linux.UdpSocket;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A socket that several threads use and one closes. A descriptor number must not be closed while a
 * system call may still be about to use it, so the last user closes it: users take a share for the
 * length of a call. Lock-free.
 */
public final class PeerSocket {
  private static final int CLOSING = 1 << 31;

  /** Set by {@link ReceiveSockets}. */
  int token = -1;

  private final UdpSocket socket;
  private final @Nullable SocketOwner owner;
  private final AtomicInteger users = new AtomicInteger();

  /** Takes over {@code socket}; {@code owner} is null for the socket that all connections share. */
  public PeerSocket(UdpSocket socket, @Nullable SocketOwner owner) {
    this.socket = socket;
    this.owner = owner;
  }

  /** The connection whose path errors this socket reports. */
  @Nullable SocketOwner owner() {
    return owner;
  }

  /** The socket; only between {@link #acquire} and {@link #release}, or before {@link #close}. */
  public UdpSocket socket() {
    return socket;
  }

  /** Takes a share; false when the socket is being closed. */
  public boolean acquire() {
    if (users.incrementAndGet() > 0) {
      return true;
    }
    release();
    return false;
  }

  /** Gives a share back. */
  public void release() {
    if (users.decrementAndGet() == CLOSING) {
      socket.close();
    }
  }

  /** Closes the socket once nobody uses it; harmless when repeated. */
  public void close() {
    int before = users.getAndUpdate(count -> count | CLOSING);
    if (before == 0) {
      socket.close();
    }
  }
}
