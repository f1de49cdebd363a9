package io.weft.sleeve;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.linux.Errno;
import io.weft.linux.LinuxException;
import io.weft.linux.Poller;
import io.weft.linux.ReceiveVector;
import java.util.function.Consumer;

/**
 * A thread's work: takes datagrams from all sockets of an overlay by the vector. The conductor adds
 * and removes sockets; one thread runs {@link #run}.
 */
public final class ReceiveLoop implements Runnable, AutoCloseable {
  /** What becomes of datagrams; on the thread that runs the loop. */
  public interface Handler {
    /** Takes a vector of datagrams, of which some may be several that the kernel has joined. */
    void received(ReceiveVector vector);

    /** A socket reports an error of its path. */
    void pathError(PeerSocket socket, int errno);

    /** The rest of a vector is lost by a fault in what {@link #received} calls. */
    void lost(RuntimeException fault);
  }

  private static final int POLLED_SOCKETS = 64;

  private final Poller poller;
  private final ReceiveSockets sockets;
  private final Handler handler;
  private final Consumer<String> onFault;
  private final ReceiveVector vector =
      new ReceiveVector(SleeveProtocol.RECEIVE_VECTOR, FrameBatch.MAX_FRAME_BYTES);
  private volatile boolean stopping;

  /**
   * A loop without sockets that does not run yet.
   *
   * @param onFault told once when {@link #run} ends without {@link #stop}
   */
  public ReceiveLoop(Handler handler, Consumer<String> onFault) throws LinuxException {
    poller = Poller.open(POLLED_SOCKETS);
    sockets = new ReceiveSockets(poller);
    this.handler = handler;
    this.onFault = onFault;
  }

  /** Begins to watch a socket. */
  public void add(PeerSocket socket) throws LinuxException {
    sockets.add(socket);
  }

  /** Stops watching a socket that is still open. */
  void remove(PeerSocket socket) throws LinuxException {
    sockets.remove(socket);
  }

  /** Makes {@link #run} return soon. */
  public void stop() {
    stopping = true;
    poller.wakeUp();
  }

  /** Frees what it holds but the sockets; {@link #run} has returned or never begun. */
  @Override
  public void close() {
    poller.close();
  }

  @Override
  public void run() {
    String reason = "a fault in the thread itself, see above";
    try {
      int ready = 0;
      while (!stopping && ready >= 0) {
        ready = poller.await(-1);
        receiveAll(ready);
      }
      reason = Errno.text(-ready);
    } finally {
      if (!stopping) {
        onFault.accept("receiving frames from peers has ended: " + reason);
      }
    }
  }

  private void receiveAll(int ready) {
    for (int i = 0; i < ready; i++) {
      PeerSocket socket = sockets.get(poller.readyToken(i));
      if (socket != null && socket.acquire()) {
        try {
          receive(socket);
        } finally {
          socket.release();
        }
      }
    }
  }

  private void receive(PeerSocket socket) {
    int count = socket.socket().receive(vector);
    if (count < 0) {
      handler.pathError(socket, -count);
      return;
    }
    try {
      handler.received(vector);
    } catch (RuntimeException e) {
      // The thread must outlive a fault in what it calls.
      handler.lost(e);
    }
  }
}
