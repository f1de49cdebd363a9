package io.weft.tests.overlaybench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Work that cleans up after itself also when it is ended from outside, as by Ctrl-C. */
final class Interruptible {
  private static final long END_SECONDS_MAX = 30;

  private Interruptible() {}

  /** What is done. */
  interface Work {
    void run() throws Exception;
  }

  /** How everything is removed that the work has made; called once, in any case. */
  interface Removal {
    void run() throws IOException;
  }

  /** Runs the work, then the removal; false, with the reason printed, when either failed. */
  static boolean run(String name, Work work, Removal removal) throws InterruptedException {
    AtomicBoolean succeeded = new AtomicBoolean(true);
    Thread worker =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (InterruptedException e) {
                succeeded.set(false);
              } catch (Exception | AssertionError e) {
                succeeded.set(false);
                e.printStackTrace();
              }
            },
            name);
    Runnable remove = new Once(removal, () -> succeeded.set(false));
    Thread hook =
        new Thread(
            () -> {
              worker.interrupt();
              try {
                worker.join(TimeUnit.SECONDS.toMillis(END_SECONDS_MAX));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              remove.run();
            },
            name + "-removal");
    Runtime.getRuntime().addShutdownHook(hook);
    worker.start();
    worker.join();
    remove.run();
    return succeeded.get();
  }

  /** The removal, by whichever thread comes first; the other waits until it is done. */
  private static final class Once implements Runnable {
    private final Removal removal;
    private final Runnable onFailure;
    private boolean done;

    Once(Removal removal, Runnable onFailure) {
      this.removal = removal;
      this.onFailure = onFailure;
    }

    @Override
    public synchronized void run() {
      if (done) {
        return;
      }
      done = true;
      try {
        removal.run();
      } catch (IOException | AssertionError e) {
        onFailure.run();
        e.printStackTrace();
      }
    }
  }
}
