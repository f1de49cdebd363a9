package io.weft.fastpath;

import io.weft.linux.BpfMap;
import io.weft.linux.BpfRingBuffer;
import io.weft.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The thread that hands what the programs report over to the conductor. */
final class EventReader implements Runnable {
  private static final int TIMEOUT_MILLIS = 200;

  /** Reports handed over at once, which bounds what a flood of them may hold. */
  private static final int BATCH = 1_024;

  private final BpfMap ring;
  private final Consumer<List<KernelEvent>> sink;
  private final Consumer<String> onFault;
  private List<KernelEvent> gathered = new ArrayList<>();
  private volatile boolean stopping;

  /**
   * A reader.
   *
   * @param sink takes reports on this thread and must not block
   * @param onFault told once when reading ends without {@link #stop}
   */
  EventReader(BpfMap ring, Consumer<List<KernelEvent>> sink, Consumer<String> onFault) {
    this.ring = ring;
    this.sink = sink;
    this.onFault = onFault;
  }

  void stop() {
    stopping = true;
  }

  @Override
  public void run() {
    String reason = "a fault in the thread itself";
    try (BpfRingBuffer buffer = BpfRingBuffer.open(ring, Layout.EVENT_BYTES, this::take)) {
      while (!stopping) {
        int count = buffer.poll(TIMEOUT_MILLIS);
        if (count < 0) {
          reason = "error number " + -count;
          return;
        }
        deliver();
      }
    } catch (LinuxException e) {
      reason = String.valueOf(e.getMessage());
    } finally {
      if (!stopping) {
        onFault.accept("the kernel's events cannot be read any more: " + reason);
      }
    }
  }

  private void take(ByteBuffer event) {
    KernelEvent.read(event).ifPresent(gathered::add);
    if (gathered.size() >= BATCH) {
      deliver();
    }
  }

  private void deliver() {
    if (!gathered.isEmpty()) {
      List<KernelEvent> batch = gathered;
      gathered = new ArrayList<>();
      sink.accept(batch);
    }
  }
}
