package io.weft.fastpath;

import io.weft.linux.Poller;
import java.util.function.Consumer;

/**
 * Has a socket read whenever there is something, until it is told to stop: the work of a thread.
 */
final class ReadingLoop implements Runnable {
  private final Poller poller;
  private final Runnable readAll;
  private final Runnable close;
  private final String lost;
  private final Consumer<String> onFault;
  private volatile boolean stopping;

  /**
   * A loop that has not begun.
   *
   * @param poller that watches the socket; closed with it
   * @param readAll takes what is there, and returns when there is nothing left
   * @param close closes the socket
   * @param lost what is missing from now on when the loop ends by itself
   * @param onFault told so, once, when it ends without {@link #stop}
   */
  ReadingLoop(
      Poller poller, Runnable readAll, Runnable close, String lost, Consumer<String> onFault) {
    this.poller = poller;
    this.readAll = readAll;
    this.close = close;
    this.lost = lost;
    this.onFault = onFault;
  }

  /** Has the loop end soon; from any thread. */
  void stop() {
    stopping = true;
    poller.wakeUp();
  }

  @Override
  public void run() {
    String reason = "a fault in the thread itself";
    try {
      while (!stopping) {
        int ready = poller.await(-1);
        if (ready < 0) {
          reason = "error number " + -ready;
          return;
        }
        readAll.run();
      }
    } finally {
      close.run();
      poller.close();
      if (!stopping) {
        onFault.accept(lost + ": " + reason);
      }
    }
  }
}
