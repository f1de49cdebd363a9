package io.weft.sleeve;

import io.weft.linux.LinuxException;
import io.weft.linux.Poller;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The sockets that the receive thread watches. The conductor adds and removes; the receive thread
 * reads an array that is replaced, never changed.
 */
final class ReceiveSockets {
  private final Poller poller;
  private volatile @Nullable PeerSocket[] byToken = new @Nullable PeerSocket[0];

  ReceiveSockets(Poller poller) {
    this.poller = poller;
  }

  /** The socket behind a token, or null when it has gone since it was reported. */
  @Nullable PeerSocket get(int token) {
    @Nullable PeerSocket[] sockets = byToken;
    return token < sockets.length ? sockets[token] : null;
  }

  /** Begins to watch a socket. */
  void add(PeerSocket socket) throws LinuxException {
    @Nullable PeerSocket[] sockets = byToken;
    int free = 0;
    while (free < sockets.length && sockets[free] != null) {
      free++;
    }
    @Nullable PeerSocket[] next = Arrays.copyOf(sockets, Math.max(sockets.length, free + 1));
    next[free] = socket;
    byToken = next;
    socket.token = free;
    try {
      poller.add(socket.socket(), free);
    } catch (LinuxException e) {
      // The kernel watches no more sockets: the caller closes this one.
      byToken = sockets;
      throw e;
    }
  }

  /** Stops watching a socket that is still open. */
  void remove(PeerSocket socket) throws LinuxException {
    @Nullable PeerSocket[] next = byToken.clone();
    next[socket.token] = null;
    byToken = next;
    poller.remove(socket.socket());
  }
}
