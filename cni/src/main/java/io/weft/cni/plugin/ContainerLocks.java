package io.weft.cni.plugin;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Has calls for one container wait for each other, and no others: an ADD may wait long for an
 * address that the DEL of another container would free. Any thread.
 */
final class ContainerLocks {
  private final Map<String, Counted> byContainer = new HashMap<>();

  /** A lock and how many hold it or wait for it. */
  private static final class Counted {
    private final Lock lock = new ReentrantLock();
    private int users;
  }

  /** Something done while nothing else is done for the same container. */
  interface Work<T> {
    T run() throws IOException;
  }

  <T> T alone(String container, Work<T> work) throws IOException {
    Counted counted = begin(container);
    counted.lock.lock();
    try {
      return work.run();
    } finally {
      counted.lock.unlock();
      end(container, counted);
    }
  }

  private synchronized Counted begin(String container) {
    Counted counted = byContainer.computeIfAbsent(container, id -> new Counted());
    counted.users++;
    return counted;
  }

  private synchronized void end(String container, Counted counted) {
    counted.users--;
    if (counted.users == 0) {
      byContainer.remove(container);
    }
  }

  /** Containers that a call is carried out for. */
  synchronized int size() {
    return byContainer.size();
  }
}
