package io.weft.fastpath;

import io.weft.linux.BpfMap;
import io.weft.linux.BpfObject;
import io.weft.linux.BpfProgram;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.TcxLink;
import io.weft.sleeve.ThreadEnd;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Lets frames that user space carries pass beside the bridge and the host's packet filter, between
 * containers and the TAP interface where the router captures (docs/fastdp.md, "Beside the bridge").
 * The router says which addresses there are; frames of all others pass the bridge.
 *
 * <p>The programs are gone when this is closed, and when the process ends, in whatever way: frames
 * then pass the bridge, and none is led to an interface that is no more. Opening and closing are
 * for one thread, addresses for the conductor's.
 */
public final class BesideBridge implements AutoCloseable {
  private static final String FROM_PORT = "from_port";

  private final BesideTables tables;
  private final Deque<Runnable> closings;

  private BesideBridge(BesideTables tables, Deque<Runnable> closings) {
    this.tables = tables;
    this.closings = closings;
  }

  /**
   * Begins in the network namespace of the calling thread.
   *
   * @param tap name of the TAP interface, a port of the bridge
   * @param allowed whether frames may pass beside the bridge now; asked on a thread of ours
   * @throws IOException when this kernel or this process's rights do not allow it; the message says
   *     why
   */
  public static BesideBridge open(String tap, BooleanSupplier allowed) throws IOException {
    Deque<Runnable> closings = new ArrayDeque<>();
    try {
      Netlink netlink = Netlink.open();
      closings.push(netlink::close);
      int tapIndex = netlink.links().get(tap).index();
      BpfObject object = BpfObject.load(KernelPath.objectFile("beside.o"), List.of());
      closings.push(object::close);
      BesideTables tables = BesideTables.of(object, tapIndex);
      closings.push(tables::close);
      hold(object, "from_tap", tapIndex, BpfProgram.Direction.INGRESS, closings);
      hold(object, "to_tap", tapIndex, BpfProgram.Direction.EGRESS, closings);
      watch(ports(netlink, object, tapIndex), allowed, closings);
      return new BesideBridge(tables, closings);
    } catch (IOException | RuntimeException e) {
      closings.forEach(Runnable::run);
      throw e;
    }
  }

  private static void hold(
      BpfObject object,
      String name,
      int linkIndex,
      BpfProgram.Direction direction,
      Deque<Runnable> closings)
      throws LinuxException {
    try (BpfProgram program = object.program(name)) {
      closings.push(TcxLink.open(program, linkIndex, direction)::close);
    }
  }

  private static ContainerPorts ports(Netlink netlink, BpfObject object, int tapIndex)
      throws IOException {
    BpfMap allowed = object.map("beside_ports");
    try {
      PortProgram program = new PortProgram.Held(object.program(FROM_PORT), FROM_PORT);
      return new ContainerPorts(netlink, program, allowed, tapIndex);
    } catch (LinuxException e) {
      allowed.close();
      throw e;
    }
  }

  /** Starts the thread that looks at the ports, which closes them in the end. */
  private static void watch(ContainerPorts ports, BooleanSupplier allowed, Deque<Runnable> closings)
      throws IOException {
    PortWatcher watcher;
    try {
      String reason = ports.whyNot();
      if (!reason.isEmpty()) {
        throw new IOException(reason);
      }
      watcher = new PortWatcher(ports, allowed);
    } catch (IOException e) {
      ports.close();
      throw e;
    }
    Thread thread = new Thread(watcher, "beside-ports");
    thread.setDaemon(true);
    thread.start();
    closings.push(() -> stop(watcher, thread));
  }

  private static void stop(PortWatcher watcher, Thread thread) {
    watcher.stop();
    // It closes what it uses itself, sooner or later.
    boolean _ = ThreadEnd.await(List.of(thread));
  }

  /** An address has another owner now: this host, or a peer. Conductor thread. */
  public void placed(long mac, boolean remote) {
    tables.put(mac, remote);
  }

  /** An address is forgotten. Conductor thread. */
  public void forgotten(long mac) {
    tables.remove(mac);
  }

  /** What the programs have counted; any thread. */
  public long count(BesideCounter which) {
    return tables.count(which);
  }

  /** Has all frames pass the bridge again. */
  @Override
  public void close() {
    closings.forEach(Runnable::run);
    closings.clear();
  }
}
