package io.weft.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A virtual Ethernet interface whose other end is this process (TUN/TAP with virtio-net headers):
 * the kernel gives super-frames and unfinished checksums to it and takes them from it. The
 * interface exists while the device is open. It may have several queues, each a device of its own:
 * the kernel gives every frame to one of them, all frames of a flow to the same one.
 *
 * <p>It belongs to the network namespace of the thread that opened it. Any number of threads may
 * read and write, each with a {@link VnetFrame} of its own. Reading and writing allocate nothing
 * and report errors as negative {@link Errno} numbers. Close it only when no thread uses it.
 */
public final class TapDevice implements VnetDevice {
  /** Largest MTU: the kernel counts the Ethernet header as part of 65535 bytes. */
  public static final int MTU_MAX = 65_521;

  private static final String PATH = "/dev/net/tun";
  private static final int O_RDWR = 2;
  private static final int TUNSETIFF = 0x400454ca;
  private static final int TUNSETOFFLOAD = 0x400454d0;
  private static final int TUNSETVNETHDRSZ = 0x400454d8;
  private static final long TUNSETSTEERINGEBPF = 0x800454e0L;
  private static final int IFF_TAP = 0x0002;
  private static final int IFF_MULTI_QUEUE = 0x0100;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;
  private static final int IFF_TUN_EXCL = 0x8000;

  private static final int TUN_F_CSUM = 0x01;
  private static final int TUN_F_TSO4 = 0x02;
  private static final int TUN_F_TSO6 = 0x04;
  private static final int TUN_F_TSO_ECN = 0x08;
  private static final int TUN_F_USO4 = 0x20;
  private static final int TUN_F_USO6 = 0x40;
  private static final int TCP_OFFLOADS = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  private static final int UDP_OFFLOADS = TUN_F_USO4 | TUN_F_USO6;

  private static final int IFREQ_BYTES = 40;
  private static final int QUEUES_MAX = 256;

  private final Descriptor descriptor;
  private final String name;
  private final boolean segmentsUdp;

  private TapDevice(Descriptor descriptor, String name, boolean segmentsUdp) {
    this.descriptor = descriptor;
    this.name = name;
    this.segmentsUdp = segmentsUdp;
  }

  /**
   * Makes an interface, down and without an address, in the namespace of the calling thread.
   *
   * @param name of the interface; with {@code %d} in it the kernel chooses a free number
   * @throws LinuxException ENOENT without the kernel's driver, EBUSY if the name is taken, EINVAL
   *     if it is another kind of interface or the kernel has no virtio-net headers
   */
  public static TapDevice open(String name) throws LinuxException {
    return openQueue(name, 0);
  }

  /**
   * Makes an interface with several queues; otherwise as {@link #open(String)}. Where the process
   * may not load eBPF programs the kernel itself picks the queue of each flow, and may change its
   * mind when the answers come by another queue.
   *
   * @param queues 1 to 256; with one it is like any other interface
   * @return the queues, at least one; the interface goes when all are closed
   */
  public static List<TapDevice> open(String name, int queues) throws LinuxException {
    if (queues < 1 || queues > QUEUES_MAX) {
      throw new IllegalArgumentException("a TAP interface has 1 to 256 queues, not " + queues);
    }
    List<TapDevice> opened = new ArrayList<>();
    try {
      if (queues == 1) {
        opened.add(open(name));
        return opened;
      }
      TapDevice first = openQueue(name, IFF_MULTI_QUEUE | IFF_TUN_EXCL);
      opened.add(first);
      while (opened.size() < queues) {
        opened.add(openQueue(first.name, IFF_MULTI_QUEUE));
      }
      return opened;
    } catch (LinuxException e) {
      opened.forEach(TapDevice::close);
      throw e;
    }
  }

  /**
   * Has the queue of each frame of an interface chosen by addresses and ports alone.
   *
   * @throws LinuxException EPERM without the right to load eBPF programs
   */
  public void steerByFlow() throws LinuxException {
    try (Descriptor program = QueueSteering.load()) {
      ByteBuffer number = LibC.allocate(Integer.BYTES).putInt(0, program.number());
      control(descriptor.number(), TUNSETSTEERINGEBPF, number, "steer the frames of " + name);
    }
  }

  private static TapDevice openQueue(String name, int more) throws LinuxException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > Links.NAME_LENGTH_MAX) {
      throw new IllegalArgumentException("not an interface name: \"" + name + "\"");
    }
    int flags = O_RDWR | SocketConstants.SOCK_NONBLOCK | SocketConstants.SOCK_CLOEXEC;
    int number = LinuxException.check(LibC.functions().open(PATH, flags), "open " + PATH);
    Descriptor descriptor = new Descriptor(number);
    try {
      ByteBuffer request = LibC.allocate(IFREQ_BYTES).put(0, bytes);
      int kind = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | more;
      request.putShort(InterfaceRequest.VALUE_OFFSET, (short) kind);
      control(number, TUNSETIFF, request, "make the TAP interface " + name);
      ByteBuffer headerBytes = LibC.allocate(Integer.BYTES).putInt(0, VnetFrame.HEADER_BYTES);
      control(number, TUNSETVNETHDRSZ, headerBytes, "set the virtio-net header of " + name);
      boolean udp = offload(number, TCP_OFFLOADS | UDP_OFFLOADS) == 0;
      if (!udp) {
        LinuxException.check(offload(number, TCP_OFFLOADS), "set the offloads of " + name);
      }
      return new TapDevice(descriptor, chosenName(request), udp);
    } catch (LinuxException e) {
      descriptor.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  /** Whether UDP super-frames pass, too (Linux 6.2); TCP's always do. */
  public boolean segmentsUdp() {
    return segmentsUdp;
  }

  @Override
  public int read(VnetFrame frame) {
    return VnetFrame.read(descriptor.number(), frame);
  }

  @Override
  public int write(VnetFrame frame) {
    return VnetFrame.write(descriptor.number(), frame);
  }

  @Override
  public void close() {
    descriptor.close();
  }

  int descriptor() {
    return descriptor.number();
  }

  private static int offload(int number, int offloads) {
    return LibC.functions().ioctl(number, TUNSETOFFLOAD, offloads);
  }

  private static void control(int number, long request, ByteBuffer argument, String attempt)
      throws LinuxException {
    int result =
        LibC.withAddress(argument, pointer -> LibC.functions().ioctl(number, request, pointer));
    LinuxException.check(result, attempt);
  }

  private static String chosenName(ByteBuffer request) {
    int length = 0;
    while (request.get(length) != 0) {
      length++;
    }
    byte[] bytes = new byte[length];
    request.get(0, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
