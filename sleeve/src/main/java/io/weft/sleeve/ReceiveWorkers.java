package io.weft.sleeve;

import io.weft.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The workers that receive: each is a thread that watches some of the port's sockets, all of one
 * neighbour by the same worker. Conductor thread.
 */
final class ReceiveWorkers {

  private final List<ReceiveLoop> loops = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * Workers that do not run yet.
   *
   * @param receiver makes what a worker does with datagrams
   * @param onFault told once, on the thread of a worker, when that ends without {@link #stop}
   */
  ReceiveWorkers(int count, Function<HandOver, SleeveReceiver> receiver, Consumer<String> onFault)
      throws LinuxException {
    AtomicBoolean told = new AtomicBoolean();
    Consumer<String> once =
        reason -> {
          if (!told.getAndSet(true)) {
            onFault.accept(reason);
          }
        };
    ReceiveLoop[] all = new ReceiveLoop[count];
    List<HandOver> handOvers = HandOver.among(count, all);
    try {
      for (int worker = 0; worker < count; worker++) {
        SleeveReceiver handler = receiver.apply(handOvers.get(worker));
        ReceiveLoop loop = new ReceiveLoop(handler, once);
        loops.add(loop);
        all[worker] = loop;
        if (count > 1) {
          loop.takeFrom(handler);
        }
        String name = worker == 0 ? "sleeve-receive" : "sleeve-receive-" + worker;
        Thread thread = new Thread(loop, name);
        thread.setDaemon(true);
        threads.add(thread);
      }
    } catch (LinuxException e) {
      loops.forEach(ReceiveLoop::close);
      throw e;
    }
  }

  int count() {
    return loops.size();
  }

  List<ReceiveLoop> loops() {
    return loops;
  }

  void start() {
    threads.forEach(Thread::start);
  }

  boolean areAlive() {
    return threads.stream().anyMatch(Thread::isAlive);
  }

  /** Has a worker watch a socket. */
  void add(PeerSocket socket, int worker) throws LinuxException {
    socket.worker = worker;
    loops.get(worker).add(socket);
  }

  /** Stops watching a socket that is still open. */
  void remove(PeerSocket socket) throws LinuxException {
    loops.get(socket.worker).remove(socket);
  }

  /** Frees what never ran. */
  void abandon() {
    loops.forEach(ReceiveLoop::close);
  }

  /** Has all threads end; {@code thenClose} is run before what they wait with is freed. */
  void stop(Runnable thenClose) {
    loops.forEach(ReceiveLoop::stop);
    boolean ended = ThreadEnd.await(threads);
    thenClose.run();
    if (ended) {
      loops.forEach(ReceiveLoop::close);
    }
  }
}
