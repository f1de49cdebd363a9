package io.weft.sleeve;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Offload;
import io.weft.linux.Errno;
import io.weft.linux.LinuxException;
import io.weft.linux.Poller;
import io.weft.linux.VnetDevice;
import io.weft.linux.VnetFrame;
import io.weft.linux.VnetSocket;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One queue of a {@link VnetBridgePort} and the thread that reads it: one of its own, or one that
 * receives datagrams as well. Opening, {@link #start} and {@link #close} belong to the conductor.
 */
final class VnetQueue {
  private static final System.Logger LOGGER = System.getLogger(VnetQueue.class.getName());

  // Our choice: most frames in a vector; room for three of the longest super-frames, which keeps a
  // vector within a core's cache.
  private static final int BATCH_FRAMES = 256;
  private static final int BATCH_BYTES = 256 * 1024;

  /** The two addresses in front of a tag, and a tag. */
  private static final int ADDRESS_BYTES = 12;

  private static final int TAG_BYTES = 4;
  private static final long JOIN_MILLIS = 1_000;

  private final VnetDevice device;
  private final int lane;
  private final PortCounters counters;
  private final Poller poller;
  private final FrameBatch batch = new FrameBatch(BATCH_FRAMES, BATCH_BYTES);
  private final VnetFrame received = new VnetFrame(1);
  private final Shares shares;
  private volatile boolean stopping;
  private @Nullable Thread thread;
  private @Nullable ReceiveLoop loop;

  /**
   * Takes over {@code device}, but not when this fails.
   *
   * @param lane of what is captured
   */
  VnetQueue(VnetDevice device, int lane, PortCounters counters) throws LinuxException {
    this.device = device;
    this.lane = lane;
    this.counters = counters;
    poller = Poller.open(1);
    try {
      poller.add(device, 0);
    } catch (LinuxException e) {
      poller.close();
      throw e;
    }
    shares = new Shares(device::close);
  }

  /** What is read, and written to as well. */
  VnetDevice device() {
    return device;
  }

  /** Has the thread of {@code with} capture instead of one of our own; before {@link #start}. */
  void runOn(ReceiveLoop with) {
    loop = with;
  }

  /**
   * Begins to capture.
   *
   * @param threadName of a thread of our own
   * @param onFault told once, on the thread that captures, when that ends without {@link #close}
   */
  void start(String threadName, FrameSink sink, Consumer<String> onFault) throws LinuxException {
    ReceiveLoop with = loop;
    if (with != null) {
      with.add(device, () -> captureOnce(sink, onFault));
      return;
    }
    Thread capture = new Thread(() -> capture(sink, onFault), threadName);
    capture.setDaemon(true);
    thread = capture;
    capture.start();
  }

  /** Has the thread end, of which the others need not be told. */
  void stop() {
    stopping = true;
    poller.wakeUp();
  }

  /** Waits for the thread to end and closes the device. */
  void close() {
    stop();
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
      onFault.accept(Errno.text(-result));
    }
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
        onFault.accept(reason);
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
      sink.captured(lane, batch);
    } catch (RuntimeException e) {
      // The vector is lost; the thread must outlive a fault in what it calls.
      LOGGER.log(Level.ERROR, "captured frames were lost", e);
    } finally {
      batch.clear();
    }
  }
}
