package io.weft.router;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;

/** What has been opened, to be closed in the opposite order. */
final class Teardown {
  private static final System.Logger LOGGER = System.getLogger(Teardown.class.getName());

  private final ArrayDeque<AutoCloseable> opened = new ArrayDeque<>();

  /** Remembers something that is open now. */
  void add(AutoCloseable resource) {
    opened.push(resource);
  }

  /** Closes everything; a failure is logged and the rest still closed. */
  void run() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        LOGGER.log(Level.WARNING, "something did not close in order", e);
      }
    }
  }
}
