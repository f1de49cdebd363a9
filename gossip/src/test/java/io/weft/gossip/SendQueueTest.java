package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.wire.MeshMessage;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SendQueueTest {
  private static final PeerName SELF = PeerName.parse("02:00:00:00:00:01");
  private static final PeerName OTHER = PeerName.parse("02:00:00:00:00:02");

  private final List<MeshMessage> sent = new ArrayList<>();
  private boolean othersFull;
  private boolean full;

  private final MeshTransport transport =
      new MeshTransport() {
        @Override
        public long dial(InetSocketAddress address) {
          return 1;
        }

        @Override
        public void startReading(long link) {}

        @Override
        public boolean isWritable(long link) {
          return !full && !othersFull;
        }

        @Override
        public boolean takesControl(long link) {
          return !full;
        }

        @Override
        public void send(long link, MeshMessage message) {
          sent.add(message);
        }

        @Override
        public void close(long link, String reason) {}
      };
  private final Counters counters = new Counters();
  private final SendQueue queue =
      new SendQueue(1, SELF, /* extended= */ false, transport, counters);
  private final MeshMessage control = new MeshMessage.OverlayControl(0, 1, new byte[1]);
  private final MeshMessage.GossipUnicast unicast =
      new MeshMessage.GossipUnicast("c", SELF, OTHER, new byte[1], new byte[2]);

  @Test
  void heartbeatsAndControlDoNotWaitForOtherLinks() {
    othersFull = true;
    queue.unicast(unicast);
    queue.control(control);
    queue.heartbeat();
    assertEquals(List.of(control, new MeshMessage.Heartbeat()), sent);
    othersFull = false;
    queue.pump();
    assertEquals(List.of(control, new MeshMessage.Heartbeat(), unicast), sent);
  }

  @Test
  void controlBeyondTheBoundIsDroppedAndCounted() {
    full = true;
    for (int i = 0; i < MeshConstants.MAX_WAITING_CONTROL + 3; i++) {
      queue.control(control);
    }
    assertEquals(3L, counters.snapshot().get(MeshMetric.CONTROL_DROPPED));
    full = false;
    queue.pump();
    assertEquals(MeshConstants.MAX_WAITING_CONTROL, sent.size());
  }

  @Test
  void statesBeyondTheBoundAreDroppedAndCounted() {
    full = true;
    for (int i = 0; i < MeshConstants.MAX_WAITING_STATES + 3; i++) {
      queue.gossip("c" + i, RecordingChannel.Words.of("word"));
    }
    assertEquals(3L, counters.snapshot().get(MeshMetric.RELAYS_DROPPED));
    full = false;
    queue.pump();
    assertEquals(MeshConstants.MAX_WAITING_STATES, sent.size());
  }

  @Test
  void whatTheLinkItselfHasToWriteServesAsHeartbeat() {
    full = true;
    queue.heartbeat();
    queue.control(control);
    assertEquals(List.of(), sent);
    full = false;
    queue.pump();
    assertEquals(List.of(control), sent);
  }
}
