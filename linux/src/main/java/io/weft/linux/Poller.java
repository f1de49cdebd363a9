package io.weft.linux;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Lets one thread wait until one of several sockets has something to read, or until another thread
 * wakes it.
 *
 * <p>Any thread may add and remove sockets and call {@link #wakeUp}; one thread at a time waits.
 * Waiting allocates nothing. Remove a socket before closing it; close the poller when no thread
 * waits any more.
 */
public final class Poller implements AutoCloseable {
  private static final int CAPACITY_MAX = 4096;
  private static final int EPOLL_CLOEXEC = SocketConstants.SOCK_CLOEXEC;
  private static final int EFD_FLAGS = SocketConstants.SOCK_NONBLOCK | SocketConstants.SOCK_CLOEXEC;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;
  private static final int EPOLLIN = 1;
  private static final int WAKE_UP_TOKEN = -1;

  /** {@code struct epoll_event} is packed on x86-64 only. */
  private static final boolean PACKED = System.getProperty("os.arch", "").equals("amd64");

  private static final int EVENT_BYTES = PACKED ? 12 : 16;
  private static final int DATA_OFFSET = PACKED ? 4 : 8;

  private static final ByteBuffer ONE = LibC.allocate(Long.BYTES).putLong(0, 1);
  private static final long ONE_POINTER = LibC.address(ONE);

  private final Descriptor epoll;
  private final Descriptor wakeUps;
  private final int capacity;
  private final ByteBuffer events;
  private final long eventsPointer;
  private final ByteBuffer drained = LibC.allocate(Long.BYTES);
  private final long drainedPointer = LibC.address(drained);
  private final int[] ready;

  private Poller(Descriptor epoll, Descriptor wakeUps, int capacity) {
    this.epoll = epoll;
    this.wakeUps = wakeUps;
    this.capacity = capacity;
    events = LibC.allocate((capacity + 1) * EVENT_BYTES);
    eventsPointer = LibC.address(events);
    ready = new int[capacity + 1];
  }

  /**
   * Opens a poller.
   *
   * @param capacity most sockets reported by one wait, 1 to 4096; more may be added
   */
  public static Poller open(int capacity) throws LinuxException {
    if (capacity < 1 || capacity > CAPACITY_MAX) {
      throw new IllegalArgumentException("a poller reports 1 to 4096 sockets, not " + capacity);
    }
    int epoll =
        LinuxException.check(LibC.functions().epoll_create1(EPOLL_CLOEXEC), "open a poller");
    Descriptor epollDescriptor = new Descriptor(epoll);
    int wakeUps = LibC.functions().eventfd(0, EFD_FLAGS);
    if (wakeUps < 0) {
      LinuxException failure = new LinuxException("open an event counter", LibC.errno());
      epollDescriptor.close();
      throw failure;
    }
    Poller poller = new Poller(epollDescriptor, new Descriptor(wakeUps), capacity);
    try {
      poller.control(EPOLL_CTL_ADD, wakeUps, WAKE_UP_TOKEN);
    } catch (LinuxException e) {
      poller.close();
      throw e;
    }
    return poller;
  }

  /**
   * Watches a socket.
   *
   * @param token what {@link #readyToken} reports for it, 0 or more
   */
  public void add(UdpSocket socket, int token) throws LinuxException {
    control(EPOLL_CTL_ADD, socket.descriptor(), checkToken(token));
  }

  /** Watches a packet socket; otherwise as {@link #add(UdpSocket, int)}. */
  public void add(PacketSocket socket, int token) throws LinuxException {
    control(EPOLL_CTL_ADD, socket.descriptor(), checkToken(token));
  }

  /** Watches a raw socket; otherwise as {@link #add(UdpSocket, int)}. */
  public void add(RawUdpSocket socket, int token) throws LinuxException {
    control(EPOLL_CTL_ADD, socket.descriptor(), checkToken(token));
  }

  /** Watches a device for frames; otherwise as {@link #add(UdpSocket, int)}. */
  public void add(VnetDevice device, int token) throws LinuxException {
    control(EPOLL_CTL_ADD, descriptor(device), checkToken(token));
  }

  /** Watches for changes of interfaces; otherwise as {@link #add(UdpSocket, int)}. */
  public void add(LinkChanges changes, int token) throws LinuxException {
    control(EPOLL_CTL_ADD, changes.descriptor(), checkToken(token));
  }

  /** Stops watching a socket, which must be watched and open. */
  public void remove(UdpSocket socket) throws LinuxException {
    control(EPOLL_CTL_DEL, socket.descriptor(), 0);
  }

  /** Stops watching a packet socket, which must be watched and open. */
  public void remove(PacketSocket socket) throws LinuxException {
    control(EPOLL_CTL_DEL, socket.descriptor(), 0);
  }

  /** Stops watching a device of frames, which must be watched and open. */
  public void remove(VnetDevice device) throws LinuxException {
    control(EPOLL_CTL_DEL, descriptor(device), 0);
  }

  /**
   * Waits until a socket is readable or has a pending error, {@link #wakeUp} was called since the
   * last wait, or time is over.
   *
   * @param timeoutMillis longest wait; 0 to look only, -1 for no limit
   * @return how many sockets are ready, 0 after a wake-up or at the end of the time, or a negative
   *     error number
   */
  public int await(int timeoutMillis) {
    int count =
        LibC.functions().epoll_wait(epoll.number(), eventsPointer, capacity + 1, timeoutMillis);
    if (count < 0) {
      int error = LibC.errno();
      return error == Errno.EINTR ? 0 : -error;
    }
    int sockets = 0;
    for (int i = 0; i < count; i++) {
      int token = events.getInt(i * EVENT_BYTES + DATA_OFFSET);
      if (token == WAKE_UP_TOKEN) {
        LibC.functions().read(wakeUps.number(), drainedPointer, Long.BYTES);
      } else {
        ready[sockets++] = token;
      }
    }
    return sockets;
  }

  /** Token of a ready socket; {@code index} is below what the last {@link #await} returned. */
  public int readyToken(int index) {
    return ready[index];
  }

  /**
   * Ends the current wait, or the next one if none is under way. From any thread; calls before the
   * waiter has noticed count as one.
   */
  public void wakeUp() {
    LibC.functions().write(wakeUps.number(), ONE_POINTER, Long.BYTES);
  }

  @Override
  public void close() {
    epoll.close();
    wakeUps.close();
  }

  private static int descriptor(VnetDevice device) {
    return switch (device) {
      case TapDevice tap -> tap.descriptor();
      case VnetSocket socket -> socket.descriptor();
    };
  }

  private void control(int operation, int descriptor, int token) throws LinuxException {
    ByteBuffer event = LibC.allocate(EVENT_BYTES).putInt(0, EPOLLIN).putInt(DATA_OFFSET, token);
    int result =
        LibC.withAddress(
            event,
            pointer -> LibC.functions().epoll_ctl(epoll.number(), operation, descriptor, pointer));
    LinuxException.check(result, "change what a poller watches");
  }

  private static int checkToken(int token) {
    return Objects.checkIndex(token, Integer.MAX_VALUE);
  }
}
