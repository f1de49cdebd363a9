package io.weft.sleeve;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.linux.Errno;
import io.weft.linux.LinuxException;
import io.weft.linux.Poller;
import io.weft.linux.ReceiveVector;
import io.weft.linux.VnetDevice;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A thread's work: takes datagrams from all sockets of an overlay by the vector, and captures as
 * well where one thread is to do both. The conductor adds and removes sockets; one thread runs
 * {@link #run}.
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

  /** Captures on the thread that runs the loop. */
  interface Capturer {
    /** Takes the frames that are there now, if any. */
    void capture();
  }

  /** What other threads leave for the thread that runs the loop. */
  interface Inbox {
    /** Whether there is nothing now. */
    boolean isEmpty();

    /** Takes what is there now. */
    void drain();
  }

  private static final int POLLED_SOCKETS = 64;

  /** No socket has it. */
  private static final int DEVICE_TOKEN = Integer.MAX_VALUE - 1;

  private final Poller poller;
  private final ReceiveSockets sockets;
  private final Handler handler;
  private final Consumer<String> onFault;
  private final ReceiveVector vector =
      new ReceiveVector(SleeveProtocol.RECEIVE_VECTOR, FrameBatch.MAX_FRAME_BYTES);
  private volatile @Nullable Capturer capturer;
  private volatile boolean stopping;
  private @Nullable Inbox inbox;

  /** Whether the thread waits, or is about to, and has not been nudged since. */
  private final AtomicBoolean waiting = new AtomicBoolean();

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
  public void remove(PeerSocket socket) throws LinuxException {
    sockets.remove(socket);
  }

  /** Has the thread capture as well, whenever {@code device} may have frames. */
  void add(VnetDevice device, Capturer by) throws LinuxException {
    capturer = by;
    poller.add(device, DEVICE_TOKEN);
  }

  /** Ends what {@link #add(VnetDevice, Capturer)} has begun; the device is still open. */
  void remove(VnetDevice device) throws LinuxException {
    capturer = null;
    poller.remove(device);
  }

  /** Has the thread take what others leave in {@code from}, too; before {@link #run}. */
  void takeFrom(Inbox from) {
    inbox = from;
  }

  /** Says that something was put into the inbox; any thread. */
  void nudge() {
    // The thread has seen what was put there, or we see that it waits.
    VarHandle.fullFence();
    if (waiting.get() && waiting.getAndSet(false)) {
      poller.wakeUp();
    }
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
        ready = await();
        receiveAll(ready);
        drain();
        // Whatever woke us: a container answers while what it answers to is being injected, and
        // what waits for the next look would cost both a system call and the time until then.
        Capturer also = capturer;
        if (also != null) {
          also.capture();
        }
      }
      reason = Errno.text(-ready);
    } finally {
      if (!stopping) {
        onFault.accept("receiving frames from peers has ended: " + reason);
      }
    }
  }

  private int await() {
    Inbox from = inbox;
    if (from == null) {
      return poller.await(-1);
    }
    // Whoever fills the inbox from here on wakes us.
    waiting.set(true);
    int ready = poller.await(from.isEmpty() ? -1 : 0);
    waiting.set(false);
    return ready;
  }

  private void drain() {
    Inbox from = inbox;
    if (from == null || from.isEmpty()) {
      return;
    }
    try {
      from.drain();
    } catch (RuntimeException e) {
      handler.lost(e);
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
