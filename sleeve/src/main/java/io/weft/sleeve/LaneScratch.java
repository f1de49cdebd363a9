package io.weft.sleeve;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import java.nio.ByteBuffer;

/** What one lane reuses from frame to frame, whatever the connection. The lane's thread only. */
final class LaneScratch {
  private final int lane;
  private final FrameSink sink;
  private final SleeveCounters counters;
  private final Ipv4Fragments fragments = new Ipv4Fragments();
  private final byte[] cipherText = new byte[FrameBatch.MAX_FRAME_BYTES];
  private final Segments segments = new Segments();
  private final ByteBuffer segment = ByteBuffer.allocateDirect(FrameBatch.MAX_FRAME_BYTES);
  private final FrameBatch answer = new FrameBatch(1, FrameBatch.MAX_FRAME_BYTES);
  private final ByteBuffer answerFrame = ByteBuffer.allocateDirect(FragmentationNeeded.MAX_BYTES);

  LaneScratch(int lane, FrameSink sink, SleeveCounters counters) {
    this.lane = lane;
    this.sink = sink;
    this.counters = counters;
  }

  /** Room for one datagram on the heap, free between calls of a cipher. */
  byte[] cipherText() {
    return cipherText;
  }

  /** The lane's segment cursor. */
  Segments segments() {
    return segments;
  }

  /** Room for one segment that does not go straight into a datagram. */
  ByteBuffer segment() {
    return segment;
  }

  /** The lane's fragment cursor. */
  Ipv4Fragments fragments() {
    return fragments;
  }

  /**
   * Answers a frame that may not be fragmented and does not fit, as if the answer had come from the
   * frame's destination (overlay.md B.11). The answer itself may be fragmented, so this does not
   * happen twice.
   *
   * @param from value of the name of the refused frame's destination peer
   * @param to value of the name of its source peer
   */
  void refuse(ByteBuffer slab, int frame, int overlayMtu, long from, long to) {
    int length = FragmentationNeeded.build(slab, frame, overlayMtu, answerFrame);
    answer.add(answerFrame, 0, length, from, to);
    counters.increment(lane, SleeveCounter.FRAGMENTATION_NEEDED_SENT);
    try {
      sink.received(lane, answer);
    } finally {
      answer.clear();
    }
  }
}
