package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.linux.Errno;
import io.weft.linux.LinuxException;
import io.weft.linux.VxlanPeer;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Decides who takes frames from UDP: the router, or a VXLAN device for each neighbour. A port has
 * one owner at a time, so whoever has it gives it up before the other begins.
 *
 * <pre>
 *  ROUTER --full for a while--&gt; ENTERING --devices there--&gt; DEVICES
 *    ^                             | fails                    | not full any more, or one is gone
 *    +----sockets open---- LEAVING &lt;--------------------------+
 * </pre>
 *
 * <p>From each it may come to its end, where nothing begins any more.
 *
 * <p>Conductor thread.
 */
final class DeviceSwitch implements Timed {
  /** What the switch makes happen. */
  interface Shell {
    /** The router gives its UDP ports up; what is arriving may hold one a moment longer. */
    void closeSockets();

    /** The router takes its UDP ports. */
    void openSockets() throws LinuxException;

    /**
     * Has the kernel carry by these devices and no others; by none at all it does not carry.
     *
     * @throws IOException when not all of them are there; the next call mends it
     */
    void setDevices(List<VxlanPeer> devices) throws IOException;

    /** Whether all devices are still there and ports of the bridge. */
    boolean areIntact();
  }

  private enum State {
    ROUTER,
    ENTERING,
    DEVICES,
    LEAVING,
    ENDED
  }

  /** Our choice: a mesh in motion does not change to and fro. */
  static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Our choice: a kernel that has refused is not asked all the time. */
  static final long FAILED_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** Our choice: how long it takes to notice that somebody has deleted a device. */
  static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Our choice: a port is free as soon as the receive thread has looked up. */
  static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** Our choice: after a second it is somebody else who has the port. */
  static final int QUICK_RETRIES = 50;

  private static final long SLOW_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final System.Logger LOGGER = System.getLogger(DeviceSwitch.class.getName());

  private final EventTime time;
  private final Shell shell;
  private State state = State.ROUTER;
  private List<VxlanPeer> wanted = List.of();
  private List<VxlanPeer> made = List.of();
  private String objection = "the router has just started";
  private String failure = "";
  private long pausedUntilNanos = NEVER;
  private long dueNanos = NEVER;
  private int attempts;

  /** The router has its ports. */
  DeviceSwitch(EventTime time, Shell shell) {
    this.time = time;
    this.shell = shell;
  }

  /** Whether devices carry frames now. */
  boolean isInKernel() {
    return state == State.DEVICES;
  }

  /** Whether the router has all its UDP ports, and may take more. */
  boolean isRouters() {
    return state == State.ROUTER;
  }

  /** Why devices do not carry; empty when they do. */
  String whyNot() {
    if (isInKernel()) {
      return "";
    }
    if (!objection.isEmpty()) {
      return objection;
    }
    return failure.isEmpty() ? "the mesh has not been full for long" : failure;
  }

  /**
   * The mesh, or how its frames are carried, has changed.
   *
   * @param devices one for each neighbour, if there is no objection
   * @param newObjection why devices must not carry; empty when they may
   */
  void update(List<VxlanPeer> devices, String newObjection) {
    if (state == State.ENDED) {
      return;
    }
    wanted = List.copyOf(devices);
    objection = newObjection;
    boolean may = objection.isEmpty();
    switch (state) {
      case ROUTER -> {
        if (!may) {
          dueNanos = NEVER;
        } else if (dueNanos == NEVER) {
          dueNanos = earliest();
        }
      }
      case ENTERING, DEVICES -> {
        if (!may) {
          leave(objection);
        } else if (state == State.DEVICES && !wanted.equals(made)) {
          make();
        }
      }
      case LEAVING, ENDED -> {}
    }
  }

  /** When devices may begin at the earliest. */
  private long earliest() {
    long quiet = time.nanos() + QUIET_NANOS;
    return pausedUntilNanos != NEVER && pausedUntilNanos - quiet > 0 ? pausedUntilNanos : quiet;
  }

  /** Removes all devices; neither they nor the router take a port again, whatever comes. */
  void close() {
    boolean devicesMayBeLeft = state != State.ROUTER && state != State.ENDED;
    state = State.ENDED;
    dueNanos = NEVER;
    objection = "the router ends";
    if (devicesMayBeLeft) {
      removeDevices();
    }
  }

  @Override
  public long nextDeadlineNanos() {
    return dueNanos;
  }

  @Override
  public void onTime() {
    if (dueNanos == NEVER || time.nanos() - dueNanos < 0) {
      return;
    }
    switch (state) {
      case ROUTER -> {
        shell.closeSockets();
        state = State.ENTERING;
        attempts = 0;
        make();
      }
      case ENTERING -> make();
      case DEVICES -> {
        dueNanos = time.nanos() + CHECK_NANOS;
        if (!shell.areIntact()) {
          fail("a device was taken away");
        }
      }
      case LEAVING -> takePorts();
      case ENDED -> {}
    }
  }

  private void make() {
    try {
      shell.setDevices(wanted);
      if (state != State.DEVICES) {
        LOGGER.log(Level.INFO, "the kernel carries VXLAN: {0} devices", wanted.size());
      }
      made = wanted;
      failure = "";
      state = State.DEVICES;
      dueNanos = time.nanos() + CHECK_NANOS;
    } catch (IOException e) {
      boolean held = e instanceof LinuxException linux && linux.errno() == Errno.EADDRINUSE;
      if (held && state == State.ENTERING && attempts++ < QUICK_RETRIES) {
        dueNanos = time.nanos() + RETRY_NANOS;
      } else {
        fail(String.valueOf(e.getMessage()));
      }
    }
  }

  private void fail(String reason) {
    failure = reason;
    pausedUntilNanos = time.nanos() + FAILED_PAUSE_NANOS;
    leave(reason);
  }

  private void leave(String reason) {
    LOGGER.log(Level.INFO, "the router carries VXLAN: {0}", reason);
    state = State.LEAVING;
    attempts = 0;
    takePorts();
  }

  private void takePorts() {
    made = List.of();
    try {
      shell.setDevices(List.of());
      shell.openSockets();
      state = State.ROUTER;
      dueNanos = objection.isEmpty() ? earliest() : NEVER;
    } catch (IOException e) {
      // Heartbeats do not arrive meanwhile, so other overlays carry.
      attempts++;
      if (attempts == QUICK_RETRIES) {
        LOGGER.log(Level.WARNING, "no VXLAN until its port is free: {0}", e.getMessage());
      }
      dueNanos = time.nanos() + (attempts < QUICK_RETRIES ? RETRY_NANOS : SLOW_RETRY_NANOS);
    }
  }

  private void removeDevices() {
    try {
      shell.setDevices(List.of());
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "VXLAN devices are left: {0}", e.getMessage());
    }
  }
}
