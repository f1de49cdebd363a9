package io.weft.fastpath;

import io.weft.linux.LinkChanges;
import io.weft.linux.LinuxException;
import io.weft.linux.Poller;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The thread that keeps {@link ContainerPorts} up to date as containers come and go. */
final class PortWatcher implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(PortWatcher.class.getName());

  /** Where many interfaces change, one look serves for all changes of this time. */
  private static final int PAUSE_MILLIS = 50;

  /** Looked at again when nothing was told: whether ports may be used depends on more. */
  private static final int LOOK_MILLIS = 5_000;

  private final ContainerPorts ports;
  private final BooleanSupplier open;
  private final Poller poller;
  private final LinkChanges changes;
  private final CountDownLatch stopping = new CountDownLatch(1);

  /**
   * A watcher of the calling thread's network namespace.
   *
   * @param open whether frames may pass beside the bridge now
   */
  PortWatcher(ContainerPorts ports, BooleanSupplier open) throws LinuxException {
    this.ports = ports;
    this.open = open;
    poller = Poller.open(1);
    try {
      changes = LinkChanges.open();
      poller.add(changes, 0);
    } catch (LinuxException e) {
      poller.close();
      throw e;
    }
  }

  void stop() {
    stopping.countDown();
    poller.wakeUp();
  }

  @Override
  public void run() {
    try {
      look();
      while (!stopping.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        int ready = poller.await(LOOK_MILLIS);
        if (ready < 0) {
          LOGGER.log(Level.ERROR, "changes of ports are not noticed: error {0}", -ready);
          return;
        }
        changes.drain();
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      changes.close();
      poller.close();
      ports.close();
    }
  }

  private void look() {
    try {
      ports.update(open.getAsBoolean());
    } catch (IOException | RuntimeException e) {
      // Frames pass by the bridge meanwhile, or as before.
      LOGGER.log(Level.WARNING, "the ports of containers: {0}", e.getMessage());
    }
  }
}
