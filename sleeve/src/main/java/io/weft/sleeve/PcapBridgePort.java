package io.weft.sleeve;

import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.PcapDirection;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;
import org.pcap4j.core.PcapStat;
import org.pcap4j.core.RawPacketListener;

/**
 * Capture and injection on the bridge's veth by libpcap (overlay.md D.3); works on any kernel.
 *
 * <p>The reader takes only what the bridge sends to the interface; injected frames leave through it
 * and are not captured again. One call of libpcap waits for a frame and then brings every other one
 * that is there already, so that a burst reaches the router as one vector. pcap4j hands out each
 * frame in a fresh array, with some small objects of the binding: the only allocations per frame of
 * this path. libpcap may apply a new filter to the next frame in user space, where "inbound" never
 * holds, so the first frame can be lost.
 *
 * <p>Every lane has a writer of its own, so injecting takes no lock. {@link #open}, {@link #start}
 * and {@link #close} belong to the conductor.
 */
public final class PcapBridgePort implements BridgePort {
  private static final System.Logger LOGGER = System.getLogger(PcapBridgePort.class.getName());
  private static final int SNAP_BYTES = FrameBatch.MAX_FRAME_BYTES;

  /**
   * Our choice, where the largest frame is shorter: with what the kernel writes in front of a frame
   * it takes 16 KiB of the ring. For the longest frames the kernel takes 128 KiB each, and twice
   * the memory that libpcap was given; so half of it still has room for more frames.
   */
  private static final int SHORT_SNAP_BYTES = 16 * 1024 - 256;

  private static final int MEGABYTE = 1 << 20;
  private static final int MAX_BUFFER_MEGABYTES = 1024;

  // Our choice: how long the reader waits before it looks whether it is to stop.
  private static final int READ_TIMEOUT_MILLIS = 200;

  // Our choice: most frames in a vector, and room for as many of Ethernet size.
  private static final int BATCH_FRAMES = 128;
  private static final int BATCH_BYTES = 256 * 1024;

  private static final long JOIN_MILLIS = 1_000;

  /** Keeps frames out of a writer's ring, where nobody would read them. */
  private static final String NOTHING = "greater " + SNAP_BYTES;

  private final String interfaceName;
  private final int snapBytes;
  private final PcapHandle reader;
  private final Writer[] writers;
  private final AtomicLong injectionsRefused = new AtomicLong();
  private final AtomicLong cutFrames = new AtomicLong();
  private final FrameBatch batch = new FrameBatch(BATCH_FRAMES, BATCH_BYTES);
  private volatile boolean stopping;
  private @Nullable Thread thread;

  private PcapBridgePort(String interfaceName, int snapBytes, PcapHandle reader, Writer[] writers) {
    this.interfaceName = interfaceName;
    this.snapBytes = snapBytes;
    this.reader = reader;
    this.writers = writers;
  }

  /**
   * Opens an interface of the current network namespace for capture and injection.
   *
   * @param interfaceName for example {@code vethwe-pcap}
   * @param bufferMegabytes kernel capture buffer, 1 to 1024; half of it where frames are short
   * @param largestFrameBytes longer frames need not be captured; when they are not, they are
   *     counted among those dropped
   * @param workers of the router, of which the first one captures
   * @throws IOException when libpcap is missing or refuses; the message says which and why
   */
  public static PcapBridgePort open(
      String interfaceName, int bufferMegabytes, int largestFrameBytes, int workers)
      throws IOException {
    if (bufferMegabytes < 1 || bufferMegabytes > MAX_BUFFER_MEGABYTES) {
      throw new IllegalArgumentException(
          "a capture buffer has 1 to 1024 MB, not " + bufferMegabytes);
    }
    // A frame that fills it may have been cut.
    boolean areShort = largestFrameBytes < SHORT_SNAP_BYTES;
    int snapBytes = areShort ? SHORT_SNAP_BYTES : SNAP_BYTES;
    int bufferBytes = bufferMegabytes * MEGABYTE / (areShort ? 2 : 1);
    PcapHandle reader = null;
    Writer[] writers = new Writer[Lanes.count(workers)];
    try {
      reader =
          new PcapHandle.Builder(interfaceName)
              .snaplen(snapBytes)
              .promiscuousMode(PromiscuousMode.PROMISCUOUS)
              .bufferSize(bufferBytes)
              .immediateMode(true)
              .timeoutMillis(READ_TIMEOUT_MILLIS)
              .build();
      // libpcap applies the direction in user space; the filter keeps our own frames out earlier.
      reader.setDirection(PcapDirection.IN);
      reader.setFilter("inbound", BpfCompileMode.OPTIMIZE);
      for (int lane = 0; lane < writers.length; lane++) {
        writers[lane] = new Writer(interfaceName);
      }
      return new PcapBridgePort(interfaceName, snapBytes, reader, writers);
    } catch (PcapNativeException | NotOpenException e) {
      close(reader, writers);
      throw new IOException("cannot capture on " + interfaceName + ": " + e.getMessage(), e);
    } catch (UnsatisfiedLinkError e) {
      throw new IOException("cannot capture on " + interfaceName + ": libpcap is missing", e);
    }
  }

  @Override
  public void start(FrameSink sink, Consumer<String> onFault) {
    Thread capture = new Thread(() -> capture(sink, onFault), "capture");
    capture.setDaemon(true);
    thread = capture;
    capture.start();
  }

  /** Does in software what is left to the device: libpcap has no way to say it. */
  @Override
  public void inject(int lane, FrameBatch frames, int index) {
    long offload = frames.offload(index);
    boolean taken;
    if (!FrameOffload.fits(frames.slab(), frames.offset(index), frames.length(index), offload)) {
      taken = false;
    } else if (Offload.type(offload) != Offload.TYPE_NONE) {
      taken = writers[lane].sendSegments(frames, index);
    } else {
      if (offload != Offload.NONE) {
        InternetChecksum.complete(
            frames.slab(), frames.offset(index), frames.length(index), offload);
        frames.complete(index);
      }
      taken = writers[lane].send(frames.slab(), frames.offset(index), frames.length(index));
    }
    if (!taken) {
      injectionsRefused.incrementAndGet();
    }
  }

  @Override
  public String description() {
    return interfaceName + " (via pcap)";
  }

  @Override
  public long[] captureStatistics() {
    try {
      PcapStat statistics = reader.getStats();
      return new long[] {
        statistics.getNumPacketsReceived(),
        statistics.getNumPacketsDropped() + cutFrames.get(),
        statistics.getNumPacketsDroppedByIf()
      };
    } catch (PcapNativeException | NotOpenException e) {
      LOGGER.log(Level.DEBUG, "no capture statistics", e);
      return new long[3];
    }
  }

  @Override
  public long injectionsRefused() {
    return injectionsRefused.get();
  }

  /** Stops capturing within a second and closes every handle. */
  @Override
  public void close() {
    stopping = true;
    Thread capture = thread;
    if (capture != null) {
      try {
        reader.breakLoop();
      } catch (NotOpenException e) {
        LOGGER.log(Level.DEBUG, "capture was closed before", e);
      }
      try {
        capture.join(JOIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    close(reader, writers);
  }

  private void capture(FrameSink sink, Consumer<String> onFault) {
    String reason = "a fault in the thread itself, see above";
    RawPacketListener listener = frame -> add(frame, sink);
    try {
      while (!stopping) {
        reader.dispatch(BATCH_FRAMES, listener);
        deliver(sink);
      }
    } catch (InterruptedException e) {
      // How pcap4j reports that close() has broken the wait.
      reason = "interrupted";
    } catch (PcapNativeException | NotOpenException e) {
      reason = String.valueOf(e.getMessage());
    } finally {
      if (!stopping) {
        onFault.accept("capture on %s has ended: %s".formatted(interfaceName, reason));
      }
    }
  }

  private void add(byte[] frame, FrameSink sink) {
    if (frame.length >= snapBytes && snapBytes < SNAP_BYTES) {
      cutFrames.incrementAndGet();
      return;
    }
    if (!batch.hasRoom(frame.length)) {
      deliver(sink);
    }
    batch.add(frame, 0, frame.length, 0, 0);
  }

  private void deliver(FrameSink sink) {
    if (batch.count() == 0) {
      return;
    }
    try {
      sink.captured(Lanes.CAPTURE, batch);
    } catch (RuntimeException e) {
      // The vector is lost; the thread must outlive a fault in what it calls.
      LOGGER.log(Level.ERROR, "captured frames were lost", e);
    } finally {
      batch.clear();
    }
  }

  private static void close(@Nullable PcapHandle reader, @Nullable Writer[] writers) {
    if (reader != null) {
      reader.close();
    }
    for (Writer writer : writers) {
      if (writer != null) {
        writer.handle.close();
      }
    }
  }

  /** One lane's way onto the interface. */
  private static final class Writer {
    /** libpcap gives every handle a ring, 4 MB of it unless told; this one never captures. */
    private static final int CAPTURE_BYTES = 256 << 10;

    private static final int LEAST_BITS = 7;
    private static final int MOST_BITS = 16;

    final PcapHandle handle;
    private final Segments segments = new Segments();
    private final ByteBuffer segment = ByteBuffer.allocateDirect(SNAP_BYTES);

    // One array for each power of two, because the native call copies the whole array.
    private final byte[][] buffers = new byte[MOST_BITS + 1][];

    Writer(String interfaceName) throws PcapNativeException, NotOpenException {
      handle =
          new PcapHandle.Builder(interfaceName)
              .snaplen(SNAP_BYTES)
              .promiscuousMode(PromiscuousMode.NONPROMISCUOUS)
              .bufferSize(CAPTURE_BYTES)
              .immediateMode(true)
              .timeoutMillis(READ_TIMEOUT_MILLIS)
              .build();
      handle.setFilter(NOTHING, BpfCompileMode.OPTIMIZE);
      for (int bits = LEAST_BITS; bits <= MOST_BITS; bits++) {
        buffers[bits] = new byte[1 << bits];
      }
    }

    boolean sendSegments(FrameBatch frames, int index) {
      segments.begin(
          frames.slab(), frames.offset(index), frames.length(index), frames.offload(index));
      boolean taken = true;
      for (int length = segments.nextLength(); length > 0; length = segments.nextLength()) {
        segments.write(segment, 0);
        taken &= send(segment, 0, length);
      }
      return taken;
    }

    boolean send(ByteBuffer slab, int offset, int length) {
      int bits = Math.max(LEAST_BITS, Integer.SIZE - Integer.numberOfLeadingZeros(length - 1));
      byte[] buffer = buffers[bits];
      slab.get(offset, buffer, 0, length);
      try {
        handle.sendPacket(buffer, length);
        return true;
      } catch (PcapNativeException | NotOpenException e) {
        return false;
      }
    }
  }
}
