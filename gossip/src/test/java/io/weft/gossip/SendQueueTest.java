package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.MessageCodec;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SendQueueTest {
  private static final PeerName SELF = PeerName.parse("02:00:00:00:00:01");
  private static final PeerName OTHER = PeerName.parse("02:00:00:00:00:02");

  private static final int PAYLOAD_BYTES = MeshConstants.MAX_RELAYED_BYTES / 5;

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
  private final RelayRoom room = new RelayRoom();
  private final SendQueue queue = queue(1);
  private final MeshMessage control = new MeshMessage.OverlayControl(0, 1, new byte[1]);
  private final MeshMessage.GossipUnicast unicast =
      MessageCodec.unicast("c", SELF, OTHER, new byte[1]);

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

  @Test
  void payloadsOfUnknownChannelsAreBoundedForAllConnectionsTogether() {
    full = true;
    List<SendQueue> queues = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      queues.add(queue(i));
      queues.get(i).gossip("x" + i, unknown("x" + i, i));
    }
    assertEquals(3L, counters.snapshot().get(MeshMetric.SURROGATE_DROPPED));
    assertEquals(5 * PAYLOAD_BYTES, room.stateBytes());
    GossipData one = unknown("y", 9);
    queues.getFirst().clear();
    queues.forEach(each -> each.gossip("y", one));
    assertEquals(5 * PAYLOAD_BYTES, room.stateBytes(), "the same for all counts once");
    queues.get(1).clear();
    assertEquals(4 * PAYLOAD_BYTES, room.stateBytes());
    assertEquals(3L, counters.snapshot().get(MeshMetric.SURROGATE_DROPPED));
    full = false;
    queues.forEach(SendQueue::pump);
    assertEquals(0, room.stateBytes());
    assertEquals(3 + 7, sent.size());
  }

  @Test
  void unicastsAreBoundedForAllConnectionsTogether() {
    full = true;
    MeshMessage.GossipUnicast message = unicast(PAYLOAD_BYTES);
    List<SendQueue> queues = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      queues.add(queue(i));
      queues.get(i).unicast(message);
    }
    assertEquals(3L, counters.snapshot().get(MeshMetric.UNICASTS_DROPPED));
    queues.getFirst().clear();
    assertEquals(4 * PAYLOAD_BYTES, room.unicastBytes());
    full = false;
    queues.forEach(SendQueue::pump);
    assertEquals(0, room.unicastBytes());
    assertEquals(4, sent.size());
  }

  @Test
  void aUnicastAsLargeAsAMessageWaitsAloneButForALittle() {
    full = true;
    SendQueue other = queue(2);
    MeshMessage.GossipUnicast largest = unicast(MeshConstants.MAX_UNICAST_BYTES);
    queue.unicast(largest);
    other.unicast(largest);
    assertEquals(1L, counters.snapshot().get(MeshMetric.UNICASTS_DROPPED), "one at a time");
    other.unicast(unicast);
    other.unicast(unicast(MeshConstants.MAX_UNICAST_BYTES_BESIDE));
    assertEquals(2L, counters.snapshot().get(MeshMetric.UNICASTS_DROPPED), "a little beside it");
    full = false;
    queue.pump();
    other.pump();
    assertEquals(List.of(largest, unicast), sent);
    assertEquals(0, room.unicastBytes());
    other.unicast(largest);
    assertEquals(3, sent.size());
  }

  @Test
  void aLargeUnicastDoesNotWaitWhereManySmallOnesDo() {
    full = true;
    queue.unicast(unicast(2 * MeshConstants.MAX_UNICAST_BYTES_BESIDE));
    MeshMessage.GossipUnicast largest = unicast(MeshConstants.MAX_UNICAST_BYTES);
    queue.unicast(largest);
    assertEquals(1L, counters.snapshot().get(MeshMetric.UNICASTS_DROPPED));
    queue.clear();
    queue.unicast(largest);
    assertEquals(1L, counters.snapshot().get(MeshMetric.UNICASTS_DROPPED));
    queue.clear();
    assertEquals(0, room.unicastBytes());
  }

  @Test
  void aUnicastThatNoMessageHoldsIsDropped() {
    queue.unicast(unicast(MeshConstants.MAX_UNICAST_BYTES + 1));
    assertEquals(1L, counters.snapshot().get(MeshMetric.UNICASTS_DROPPED));
    assertEquals(List.of(), sent);
  }

  /** With so many bytes behind its tag. */
  private static MeshMessage.GossipUnicast unicast(int bytes) {
    int head = MessageCodec.unicast("c", SELF, OTHER, new byte[bytes]).encodedBytes() - bytes;
    MeshMessage.GossipUnicast made = MessageCodec.unicast("c", SELF, OTHER, new byte[bytes - head]);
    assertEquals(bytes, made.encodedBytes());
    return made;
  }

  private SendQueue queue(long link) {
    return new SendQueue(link, SELF, /* extended= */ false, transport, room, counters);
  }

  /** What comes on a channel that nobody here owns. */
  private GossipData unknown(String channel, int number) {
    byte[] payload = new byte[PAYLOAD_BYTES];
    payload[0] = (byte) number;
    return Objects.requireNonNull(
        new Surrogate(channel, new EventTime(0, 0), counters).onGossip(payload));
  }
}
