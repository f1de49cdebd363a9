package io.weft.sleeve.v2;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Offload;
import io.weft.sleeve.HandOver;
import io.weft.sleeve.LaneCounters;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;

/**
 * Datagrams of {@code sleeve2}: those without a key whatever they say, read within their bounds and
 * handed on only with an offload that fits; those with a key never, because nobody has sealed them.
 * The first byte chooses, the second says how long the joined datagrams are.
 */
public final class AggregateFuzzTarget {
  private static final int INDEX = 0x010203;
  private static final SealingKey KEY =
      new SealingKey(Aead.AES_256_GCM, new SecretKeySpec(new byte[32], "AES"), 7);

  private AggregateFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < 2 || input.length > 0xffff) {
      return;
    }
    boolean sealed = (input[0] & 1) != 0;
    int segmentBytes = (input[1] & 0xff) * 8;
    ReceiveSession session =
        new ReceiveSession(1, INDEX, sealed ? KEY : null, new SilentOwner(2, 1));
    SessionTable table = new SessionTable(List.of(session));
    LaneCounters<Sleeve2Counter> counters = new LaneCounters<>(Sleeve2Counter.class);
    Sleeve2Receiver receiver =
        new Sleeve2Receiver(HandOver.none(), () -> table, sink(sealed), counters);
    ByteBuffer slab = ByteBuffer.allocate(input.length - 2).put(0, input, 2, input.length - 2);
    int bytes = slab.capacity();
    // Most inputs would not find the session otherwise.
    int step = segmentBytes == 0 ? Math.max(bytes, 1) : segmentBytes;
    for (int at = 0; at + Sleeve2Protocol.COUNTER_OFFSET <= bytes; at += step) {
      slab.putShort(at, (short) 0xff57).put(at + 2, (byte) 0x32);
      slab.put(at + 3, (byte) 1).put(at + 4, (byte) 2).put(at + 5, (byte) 3);
    }
    if (bytes > 0) {
      receiver.datagrams(slab, 0, bytes, segmentBytes, 1, 1);
      receiver.endOfVector();
    }
    if (sealed && counters.get(Sleeve2Counter.AGGREGATES_RECEIVED) != 0) {
      throw new AssertionError("somebody without the key has sealed an aggregate");
    }
    KeyMessage.decode(input, 1216);
    KeyMessage.decode(input, 0);
    Sleeve2Feature.parse(new String(input, StandardCharsets.ISO_8859_1));
  }

  private static FrameSink sink(boolean sealed) {
    SuperFrameCutter cutter = new SuperFrameCutter();
    ByteBuffer slice = ByteBuffer.allocate(FrameBatch.MAX_FRAME_BYTES);
    return new FrameSink() {
      @Override
      public void captured(int lane, FrameBatch frames) {
        throw new AssertionError("nothing captures here");
      }

      @Override
      public void received(int lane, FrameBatch frames) {
        for (int i = 0; i < frames.count(); i++) {
          int frame = frames.offset(i);
          int length = frames.length(i);
          long offload = frames.offload(i);
          if (sealed
              || length < Sleeve2Protocol.ETHERNET_BYTES
              || !SuperFrames.isValid(frames.slab(), frame, length, offload)
              || Offload.checksumStart(offload) >= length) {
            throw new AssertionError("a frame that must not be handed on");
          }
          if (cutter.begin(frames.slab(), frame, length, offload, 600)) {
            while (cutter.nextLength() > 0) {
              cutter.write(slice, 0);
            }
          }
        }
      }
    };
  }
}
