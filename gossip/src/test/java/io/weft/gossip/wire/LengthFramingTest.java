package io.weft.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class LengthFramingTest {
  private static final int LARGEST = MeshProtocol.MAX_MESSAGE_BYTES;

  @Test
  void awaitsNothingLargerThanTheLargestMessage() {
    assertEquals(MeshProtocol.LENGTH_BYTES + LARGEST, awaited(LARGEST));
    assertEquals(0, awaited(LARGEST + 1));
    assertEquals(0, awaited(Integer.MAX_VALUE));
    assertEquals(0, awaited(-1));
  }

  private static int awaited(int length) {
    Inbox inbox = new Inbox();
    inbox.append(ByteBuffer.allocate(MeshProtocol.LENGTH_BYTES).putInt(0, length));
    return new LengthFraming().awaited(inbox);
  }
}
