package io.weft.gossip.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutboundTest {
  private static final int BYTES = 300_000;
  private static final int WEIGHT = BYTES + 1_000;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<Integer> released = new ArrayList<>();
  private final Outbound outbound =
      new Outbound(
          channel,
          count -> {},
          released::add,
          fault -> {
            throw new AssertionError(fault);
          });

  @Test
  void givesBackTheWeightOfAMessageAsItIsWritten() {
    byte[] message = new byte[BYTES];
    new Random(1).nextBytes(message);
    outbound.add(message, WEIGHT, 0);
    while (released() < WEIGHT) {
      channel.flush();
      outbound.pump();
    }
    assertEquals(WEIGHT, released());
    assertTrue(released.stream().allMatch(weight -> weight <= 8_192), released.toString());
    assertArrayEquals(message, written());
    assertEquals(0, outbound.stalledNanos(Long.MAX_VALUE));
  }

  @Test
  void givesBackTheRestOfWhatIsGivenUpOnce() {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    outbound.add(new byte[BYTES], WEIGHT, 0);
    assertEquals(0, released());
    outbound.clear();
    outbound.clear();
    assertEquals(WEIGHT, released());
  }

  private int released() {
    return released.stream().mapToInt(Integer::intValue).sum();
  }

  private byte[] written() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (ByteBuf piece = channel.readOutbound(); piece != null; piece = channel.readOutbound()) {
      byte[] copy = new byte[piece.readableBytes()];
      piece.readBytes(copy);
      bytes.writeBytes(copy);
      piece.release();
    }
    return bytes.toByteArray();
  }
}
