package io.weft.sleeve;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Offload;
import io.weft.linux.VnetDevice;
import io.weft.linux.VnetFrame;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One lane's way into a TAP interface: joins TCP segments to super-frames and writes each with one
 * system call. Frames of one flow leave in the order in which they came; flows may overtake one
 * another until {@link #flush}.
 */
final class FlowJoiner {
  /** Our choice: flows joined at a time; a vector seldom has more that send in bulk. */
  private static final int FLOWS = 8;

  private final VnetDevice device;
  private final PortCounters counters;
  private final JoinedFlow[] flows = new JoinedFlow[FLOWS];
  private final TcpSegment segment = new TcpSegment();
  private final VnetFrame single = new VnetFrame(1);
  private ByteBuffer heldIn = ByteBuffer.allocate(0);
  private int held;
  private int oldest;
  private int written;

  FlowJoiner(VnetDevice device, PortCounters counters) {
    this.device = device;
    this.counters = counters;
    for (int i = 0; i < FLOWS; i++) {
      flows[i] = new JoinedFlow();
    }
  }

  /** Takes a frame, which stays unchanged in its batch until {@link #flush} when it is TCP. */
  void add(FrameBatch batch, int index) {
    ByteBuffer slab = batch.slab();
    int frame = batch.offset(index);
    int length = batch.length(index);
    long offload = batch.offload(index);
    if (offload != Offload.NONE || !isHeldIn(slab)) {
      // It may belong to any flow that is held.
      flush();
    }
    heldIn = slab;
    if (offload != Offload.NONE) {
      writeOffloaded(slab, frame, length, offload);
    } else if (segment.read(slab, frame, length)) {
      addTcp(slab, length);
    } else {
      writeSingle(slab, frame, length);
    }
  }

  /** Writes everything that is held. */
  void flush() {
    for (int i = 0; held > 0 && i < FLOWS; i++) {
      write(flows[i]);
    }
  }

  /** How often this has written since the last call. */
  int takeWritten() {
    int count = written;
    written = 0;
    return count;
  }

  private void addTcp(ByteBuffer slab, int length) {
    JoinedFlow flow = held == 0 ? null : find(slab);
    boolean joins = segment.canBeJoined();
    if (flow != null) {
      if (joins && flow.join(segment)) {
        if (flow.isComplete()) {
          write(flow);
        }
        return;
      }
      write(flow);
    }
    if (!joins) {
      writeSingle(slab, segment.frame(), length);
      return;
    }
    JoinedFlow free = free();
    free.begin(slab, segment);
    held++;
    if (free.isComplete()) {
      write(free);
    }
  }

  @SuppressWarnings("ReferenceEquality") // Offsets are worth nothing in another buffer.
  private boolean isHeldIn(ByteBuffer slab) {
    return heldIn == slab;
  }

  private @Nullable JoinedFlow find(ByteBuffer slab) {
    for (JoinedFlow flow : flows) {
      if (flow.count() > 0 && flow.isFlowOf(slab, segment)) {
        return flow;
      }
    }
    return null;
  }

  private JoinedFlow free() {
    for (JoinedFlow flow : flows) {
      if (flow.count() == 0) {
        return flow;
      }
    }
    oldest = (oldest + 1) % FLOWS;
    write(flows[oldest]);
    return flows[oldest];
  }

  private void write(JoinedFlow flow) {
    if (flow.count() > 0) {
      int count = flow.count();
      flow.finish();
      held--;
      write(flow.frame, count);
    }
  }

  private void writeSingle(ByteBuffer slab, int frame, int length) {
    single.clear();
    single.add(slab, frame, length);
    write(single, 1);
  }

  private void writeOffloaded(ByteBuffer slab, int frame, int length, long offload) {
    if (!FrameOffload.fits(slab, frame, length, offload)) {
      counters.refused(1);
      return;
    }
    int type = Offload.type(offload);
    int start = Offload.checksumStart(offload);
    int headerBytes =
        switch (type) {
          case Offload.TYPE_NONE -> 0;
          case Offload.TYPE_UDP -> start + FrameOffload.UDP_HEADER_BYTES;
          default -> start + FrameOffload.tcpHeaderBytes(slab, frame + start);
        };
    single.clear();
    single.add(slab, frame, length);
    single.setHeader(
        VnetFrame.NEEDS_CHECKSUM,
        type,
        headerBytes,
        Offload.segmentBytes(offload),
        start,
        Offload.checksumOffset(offload));
    write(single, 1);
  }

  private void write(VnetFrame frame, int frames) {
    written++;
    if (device.write(frame) < 0) {
      counters.refused(frames);
    }
  }
}
