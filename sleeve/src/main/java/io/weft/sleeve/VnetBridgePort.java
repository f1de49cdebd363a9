package io.weft.sleeve;

import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.linux.Errno;
import io.weft.linux.Link;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.Poller;
import io.weft.linux.TapDevice;
import io.weft.linux.VnetDevice;
import io.weft.linux.VnetFrame;
import io.weft.linux.VnetSocket;
import java.io.IOException;
import java.lang.System.Logger.Level;
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

  // Our choice: most frames in a vector; room for three of the longest super-frames, which keeps a
  // vector within a core's cache.
  private static final int BATCH_FRAMES = 256;
  private static final int BATCH_BYTES = 256 * 1024;

  // Our choice: so many packets are a burst. The socket buffer that the kernel gives a container's
  // program by default holds fewer than 300 small ones.
  private static final int BURST_WRITES = 16;

  /** The two addresses in front of a tag, and a tag. */
  private static final int ADDRESS_BYTES = 12;

  private static final int TAG_BYTES = 4;
  private static final int MEGABYTE = 1024 * 1024;

  private static final long JOIN_MILLIS = 1_000;

  private final VnetDevice device;
  private final Netlink netlink;
  private final Poller poller;
  private final FlowJoiner[] joiners = new FlowJoiner[Lanes.COUNT];
  private final PortCounters counters = new PortCounters();
  private final FrameBatch batch = new FrameBatch(BATCH_FRAMES, BATCH_BYTES);
  private final VnetFrame received = new VnetFrame(1);
  private final Shares shares;
  private volatile boolean stopping;
  private @Nullable Thread thread;
  private @Nullable ReceiveLoop loop;

  private VnetBridgePort(VnetDevice device, Netlink netlink, Poller poller) {
    this.device = device;
    this.netlink = netlink;
    this.poller = poller;
    shares = new Shares(device::close);
    for (int lane = 0; lane < joiners.length; lane++) {
      joiners[lane] = new FlowJoiner(device, counters);
    }
  }

  /**
   * Makes a TAP interface in the current network namespace. It is down and belongs to no bridge:
   * both are up to the caller. It goes when this is closed.
   *
   * @param interfaceName for example {@code vethwe-bridge}
   * @throws IOException when the kernel or the process's rights do not allow it
   */
  public static VnetBridgePort openTap(String interfaceName) throws IOException {
    return of(TapDevice.open(interfaceName));
  }

  /**
   * Uses an interface of the current network namespace that is there, such as the far end of a veth
   * pair with the bridge at the other one; it stays when this is closed.
   *
   * @param interfaceName for example {@code vethwe-pcap}
   * @param bufferMegabytes kernel capture buffer
   * @throws IOException when the kernel or the process's rights do not allow it
   */
  public static VnetBridgePort openSocket(String interfaceName, int bufferMegabytes)
      throws IOException {
    try (Netlink netlink = Netlink.open()) {
      Link link = netlink.links().get(interfaceName);
      return of(VnetSocket.open(link, bufferMegabytes * MEGABYTE));
    }
  }

  private static VnetBridgePort of(VnetDevice device) throws IOException {
    Netlink netlink = null;
    Poller poller = null;
    try {
      netlink = Netlink.open();
      poller = Poller.open(1);
      poller.add(device, 0);
      return new VnetBridgePort(device, netlink, poller);
    } catch (IOException e) {
      if (poller != null) {
        poller.close();
      }
      if (netlink != null) {
        netlink.close();
      }
      device.close();
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

  /** Has the thread of {@code with} capture instead of one of our own; before {@link #start}. */
  void runOn(ReceiveLoop with) {
    loop = with;
  }

  @Override
  public void start(FrameSink sink, Consumer<String> onFault) throws IOException {
    ReceiveLoop with = loop;
    if (with != null) {
      with.add(device, () -> captureOnce(sink, onFault));
      return;
    }
    Thread capture = new Thread(() -> capture(sink, onFault), "capture");
    capture.setDaemon(true);
    thread = capture;
    capture.start();
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
    stopping = true;
    poller.wakeUp();
    Thread capture = thread;
    if (capture != null) {
      try {
        capture.join(JOIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    leaveLoop();
    shares.close();
    poller.close();
    netlink.close();
  }

  private void leaveLoop() {
    ReceiveLoop with = loop;
    if (with != null) {
      try {
        with.remove(device);
      } catch (LinuxException e) {
        // The loop has ended before, or we have never started.
        LOGGER.log(Level.DEBUG, "the interface was not watched any more", e);
      }
    }
  }

  /** Takes what is there now, on the thread of the loop. */
  private void captureOnce(FrameSink sink, Consumer<String> onFault) {
    if (stopping || !shares.acquire()) {
      return;
    }
    int result;
    try {
      result = read();
      if (batch.count() > 0) {
        deliver(sink);
      }
    } finally {
      shares.release();
    }
    if (result < 0 && !stopping) {
      leaveLoop();
      onFault.accept(ended(Errno.text(-result)));
    }
  }

  private String ended(String reason) {
    return "capture on %s has ended: %s".formatted(device.name(), reason);
  }

  private void capture(FrameSink sink, Consumer<String> onFault) {
    String reason = "a fault in the thread itself, see above";
    try {
      int result = 0;
      while (!stopping && result >= 0) {
        result = read();
        if (batch.count() > 0) {
          deliver(sink);
        } else if (result == 0) {
          result = poller.await(-1);
        }
      }
      reason = Errno.text(-result);
    } finally {
      if (!stopping) {
        onFault.accept(ended(reason));
      }
    }
  }

  /** Fills the batch until nothing is left to read; returns 0, or a negative error number. */
  private int read() {
    while (batch.hasRoom(FrameBatch.MAX_FRAME_BYTES)) {
      received.clear();
      received.add(batch.slab(), batch.nextOffset(), FrameBatch.MAX_FRAME_BYTES);
      int length = device.read(received);
      if (length <= 0) {
        return length;
      }
      int tagBytes = insertTag(length);
      length += tagBytes;
      long offload = offload(tagBytes);
      if (length <= FrameBatch.MAX_FRAME_BYTES
          && FrameOffload.fits(batch.slab(), batch.nextOffset(), length, offload)) {
        batch.append(length, offload, 0, 0);
      } else {
        counters.countMalformed();
      }
    }
    return 0;
  }

  /** Puts a VLAN tag that the kernel has taken out back into its frame; returns its bytes. */
  private int insertTag(int length) {
    int tag = device instanceof VnetSocket socket ? socket.lastTag() : 0;
    if (tag == 0 || length < ADDRESS_BYTES || length + TAG_BYTES > FrameBatch.MAX_FRAME_BYTES) {
      return 0;
    }
    int type = batch.nextOffset() + ADDRESS_BYTES;
    batch.slab().put(type + TAG_BYTES, batch.slab(), type, length - ADDRESS_BYTES);
    batch.slab().putInt(type, tag);
    return TAG_BYTES;
  }

  private long offload(int tagBytes) {
    if ((received.flags() & VnetFrame.NEEDS_CHECKSUM) == 0) {
      // A super-frame without it will be found not to fit.
      return received.kind() == VnetFrame.GSO_NONE
          ? Offload.NONE
          : Offload.of(received.kind(), received.segmentBytes(), 0, 0);
    }
    return Offload.of(
        received.kind() & ~VnetFrame.GSO_ECN,
        received.kind() == VnetFrame.GSO_NONE ? 0 : received.segmentBytes(),
        received.checksumStart() + tagBytes,
        received.checksumOffset());
  }

  private void deliver(FrameSink sink) {
    counters.captured(batch.count());
    try {
      sink.captured(Lanes.CAPTURE, batch);
    } catch (RuntimeException e) {
      // The vector is lost; the thread must outlive a fault in what it calls.
      LOGGER.log(Level.ERROR, "captured frames were lost", e);
    } finally {
      batch.clear();
    }
  }
}
