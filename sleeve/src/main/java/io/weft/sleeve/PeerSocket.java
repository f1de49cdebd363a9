package io.weft.sleeve;

import io.weft.linux.UdpSocket;
import org.jspecify.annotations.Nullable;

/** A socket that several threads use, each by a share for the length of a call, and one closes. */
public final class PeerSocket {
  /** Set by {@link ReceiveSockets}. */
  int token = -1;

  /** Set by {@link ReceiveWorkers}. */
  int worker;

  private final UdpSocket socket;
  private final @Nullable SocketOwner owner;
  private final Shares shares;

  /** Takes over {@code socket}; {@code owner} is null for the socket that all connections share. */
  public PeerSocket(UdpSocket socket, @Nullable SocketOwner owner) {
    this.socket = socket;
    this.owner = owner;
    shares = new Shares(socket::close);
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
    return shares.acquire();
  }

  /** Gives a share back. */
  public void release() {
    shares.release();
  }

  /** Closes the socket once nobody uses it; harmless when repeated. */
  public void close() {
    shares.close();
  }
}
