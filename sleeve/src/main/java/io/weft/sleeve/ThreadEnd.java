package io.weft.sleeve;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;

/** Waits for threads that were told to end, before what they use is freed. */
public final class ThreadEnd {
  /** Our choice: a thread that waits in the kernel looks up much sooner. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private static final System.Logger LOGGER = System.getLogger(ThreadEnd.class.getName());

  private ThreadEnd() {}

  /**
   * Waits at most two seconds for each; those that go on are named in the log. An interrupt ends
   * the wait and stays.
   *
   * @return whether all have ended, so that nothing is in use by them any more
   */
  public static boolean await(List<Thread> threads) {
    boolean ended = true;
    try {
      for (Thread thread : threads) {
        if (!thread.join(LIMIT)) {
          ended = false;
          LOGGER.log(Level.WARNING, "thread {0} has not ended within {1}", thread.getName(), LIMIT);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return ended;
  }
}
