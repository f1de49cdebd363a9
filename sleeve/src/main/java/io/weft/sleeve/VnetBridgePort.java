package io.weft.sleeve;

import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.linux.Link;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.TapDevice;
import io.weft.linux.VnetDevice;
import io.weft.linux.VnetSocket;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Capture and injection with virtio-net headers (overlay.md F.2.3): the kernel hands over
 * super-frames and unfinished checksums as its containers made them, and takes them back the same
 * way. By a TAP interface that is itself a port of the bridge, or by a packet socket at the far end
 * of a veth pair, where the port has to stay when the router is gone.
 *
 * <p>Reading goes on until nothing is left, so that a burst reaches the router as one vector. It is
 * done by a thread of its own, or by the one that receives datagrams ({@link SleeveOverlay#carry}),
 * which is then {@link Lanes#CAPTURE} as well. Opening, {@link #start} and {@link #close} belong to
 * the conductor.
 */
public final class VnetBridgePort implements BridgePort {
  private static final System.Logger LOGGER = System.getLogger(VnetBridgePort.class.getName());

  // Our choice: so many packets are a burst. The socket buffer that the kernel gives a container's
  // program by default holds fewer than 300 small ones.
  private static final int BURST_WRITES = 16;

  private static final int MEGABYTE = 1024 * 1024;

  private final VnetDevice device;
  private final Netlink netlink;
  private final List<VnetQueue> queues;
  private final PortCounters counters;
  private final FlowJoiner[] joiners;
  private final AtomicBoolean faultTold = new AtomicBoolean();

  private VnetBridgePort(
      List<VnetQueue> queues, int workers, Netlink netlink, PortCounters counters) {
    this.queues = queues;
    this.netlink = netlink;
    this.counters = counters;
    device = queues.getFirst().device();
    joiners = new FlowJoiner[Lanes.count(workers)];
    for (int lane = 0; lane < joiners.length; lane++) {
      // Answers are written to the queue of their worker: without a program that steers, the kernel
      // then gives the flow to the same worker.
      VnetQueue queue = queues.get(Lanes.worker(lane) % queues.size());
      joiners[lane] = new FlowJoiner(queue.device(), counters);
    }
  }

  /**
   * Makes a TAP interface in the current network namespace. It is down and belongs to no bridge:
   * both are up to the caller. It goes when this is closed.
   *
   * @param interfaceName for example {@code vethwe-bridge}
   * @param workers of the router; each has a queue, and the kernel gives each flow to one of them
   * @throws IOException when the kernel or the process's rights do not allow it
   */
  public static VnetBridgePort openTap(String interfaceName, int workers) throws IOException {
    List<TapDevice> devices = TapDevice.open(interfaceName, workers);
    if (workers > 1) {
      try {
        devices.getFirst().steerByFlow();
      } catch (LinuxException e) {
        LOGGER.log(Level.INFO, "the kernel steers flows as it likes: {0}", e.getMessage());
      }
    }
    return of(devices, workers);
  }

  /**
   * Uses an interface of the current network namespace that is there, such as the far end of a veth
   * pair with the bridge at the other one; it stays when this is closed. It has one queue.
   *
   * @param interfaceName for example {@code vethwe-pcap}
   * @param bufferMegabytes kernel capture buffer
   * @param workers of the router, of which the first one captures
   * @throws IOException when the kernel or the process's rights do not allow it
   */
  public static VnetBridgePort openSocket(String interfaceName, int bufferMegabytes, int workers)
      throws IOException {
    try (Netlink netlink = Netlink.open()) {
      Link link = netlink.links().get(interfaceName);
      return of(List.of(VnetSocket.open(link, bufferMegabytes * MEGABYTE)), workers);
    }
  }

  private static VnetBridgePort of(List<? extends VnetDevice> devices, int workers)
      throws IOException {
    PortCounters counters = new PortCounters();
    List<VnetQueue> queues = new ArrayList<>();
    try {
      for (VnetDevice device : devices) {
        queues.add(new VnetQueue(device, Lanes.capture(queues.size()), counters));
      }
      return new VnetBridgePort(queues, workers, Netlink.open(), counters);
    } catch (IOException e) {
      queues.forEach(VnetQueue::close);
      devices.stream().skip(queues.size()).forEach(VnetDevice::close);
      throw e;
    }
  }

  /**
   * Whether the current network namespace lets us have a TAP interface with super-frames, tried on
   * a real one.
   *
   * @return null when it does, else why not
   */
  public static @Nullable String whyNot() {
    try (TapDevice tap = TapDevice.open("vethwetry%d")) {
      LOGGER.log(Level.DEBUG, "super-frames pass through {0}", tap.name());
      return null;
    } catch (LinuxException e) {
      return e.getMessage();
    }
  }

  /**
   * Has the threads of {@code with} capture instead of some of our own, worker by worker; before
   * {@link #start}.
   */
  void runOn(List<ReceiveLoop> with) {
    for (int worker = 0; worker < queues.size(); worker++) {
      queues.get(worker).runOn(with.get(worker));
    }
  }

  @Override
  public void start(FrameSink sink, Consumer<String> onFault) throws IOException {
    Consumer<String> once =
        reason -> {
          if (!faultTold.getAndSet(true)) {
            onFault.accept("capture on %s has ended: %s".formatted(device.name(), reason));
          }
        };
    for (int worker = 0; worker < queues.size(); worker++) {
      queues.get(worker).start(worker == 0 ? "capture" : "capture-" + worker, sink, once);
    }
  }

  @Override
  public void inject(int lane, FrameBatch frames, int index) {
    joiners[lane].add(frames, index);
  }

  @Override
  @SuppressWarnings("ThreadPriorityCheck") // Correct without it, too: it only spares others a loss.
  public void flush(int lane) {
    joiners[lane].flush();
    // After a burst its receiver gets the processor first, or the next one would overrun it.
    if (joiners[lane].takeWritten() >= BURST_WRITES) {
      Thread.yield();
    }
  }

  @Override
  public String description() {
    return device.name() + (device instanceof TapDevice ? " (via tap)" : " (via packet socket)");
  }

  @Override
  public long[] captureStatistics() {
    long dropped = device instanceof VnetSocket socket ? socket.dropped() : droppedByInterface();
    return new long[] {counters.captured(), dropped, counters.malformed()};
  }

  private long droppedByInterface() {
    try {
      return netlink.links().find(device.name()).map(Link::transmitDropped).orElse(0L);
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "no capture statistics", e);
      return 0;
    }
  }

  @Override
  public long injectionsRefused() {
    return counters.refused();
  }

  /** Stops capturing and removes the interface if it was made for this. */
  @Override
  public void close() {
    queues.forEach(VnetQueue::stop);
    queues.forEach(VnetQueue::close);
    netlink.close();
  }
}
