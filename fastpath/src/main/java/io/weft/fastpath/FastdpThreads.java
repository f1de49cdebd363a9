package io.weft.fastpath;

import io.weft.gossip.overlay.FrameSink;
import io.weft.linux.LinuxException;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.ThreadEnd;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The threads of the overlay: one reads what the programs report, one takes the frames that they
 * cannot carry, and once heartbeats are missed one reads them from a raw socket. Conductor thread,
 * but for {@link #stop}, which comes when that has ended.
 */
final class FastdpThreads {
  private static final System.Logger LOGGER = System.getLogger(FastdpThreads.class.getName());

  private final Consumer<String> onFault;
  private final List<Thread> threads = new ArrayList<>();
  private final List<Runnable> stops = new ArrayList<>();
  private boolean rawTried;

  private FastdpThreads(Consumer<String> onFault) {
    this.onFault = onFault;
  }

  /**
   * Starts what is always needed.
   *
   * @param sink takes reports on a thread of ours and must not block
   * @param besideBridge whether frames may pass beside the bridge now; asked on a thread of ours
   * @param onFault told, on one of them, when it ends without {@link #stop}
   */
  static FastdpThreads start(
      KernelPath path,
      Consumer<List<KernelEvent>> sink,
      Supplier<ShortIdTable> shortIds,
      FrameSink frames,
      LaneCounters<LaneCounter> counters,
      BooleanSupplier besideBridge,
      Consumer<String> onFault)
      throws LinuxException {
    FastdpThreads all = new FastdpThreads(onFault);
    EventReader events = new EventReader(path.tables().events(), sink, onFault);
    PuntReader punts = new PuntReader(path.userIndex(), shortIds, frames, counters, onFault);
    all.run("fastdp-events", events, events::stop);
    all.run("fastdp-punt", punts, punts::stop);
    try {
      all.watchPorts(path.containerPorts(), besideBridge);
    } catch (LinuxException e) {
      LOGGER.log(Level.WARNING, "every frame passes the bridge: {0}", e.getMessage());
    }
    return all;
  }

  private void watchPorts(ContainerPorts ports, BooleanSupplier besideBridge)
      throws LinuxException {
    String reason = ports.whyNot();
    if (!reason.isEmpty()) {
      LOGGER.log(Level.INFO, "every frame passes the bridge: {0}", reason);
      ports.close();
      return;
    }
    PortWatcher watcher;
    try {
      watcher = new PortWatcher(ports, besideBridge);
    } catch (LinuxException e) {
      ports.close();
      throw e;
    }
    run("fastdp-ports", watcher, watcher::stop);
  }

  /**
   * Begins to read heartbeats from a raw socket, too, if that has not been tried yet.
   *
   * @param sink takes them on a thread of ours and must not block
   */
  void readRawHeartbeats(Consumer<List<KernelEvent>> sink) {
    if (rawTried) {
      return;
    }
    rawTried = true;
    try {
      RawHeartbeatReader reader = new RawHeartbeatReader(sink, onFault);
      run("fastdp-raw", reader, reader::stop);
    } catch (LinuxException e) {
      LOGGER.log(Level.WARNING, "no second receiver of heartbeats: {0}", e.getMessage());
    }
  }

  private void run(String name, Runnable work, Runnable stop) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    threads.add(thread);
    stops.add(stop);
    thread.start();
  }

  /** Ends them; false when one goes on all the same. */
  boolean stop() {
    stops.forEach(Runnable::run);
    return ThreadEnd.await(threads);
  }
}
