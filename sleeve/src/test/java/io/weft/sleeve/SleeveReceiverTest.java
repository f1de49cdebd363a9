package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.linux.Poller;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the receive thread ends. */
final class SleeveReceiverTest implements FrameSink {
  private final List<String> faults = new ArrayList<>();

  private SleeveReceiver receiver(Poller poller) {
    return new SleeveReceiver(
        poller,
        new ReceiveSockets(poller),
        () -> new ForwarderTable(List.of()),
        () -> null,
        this,
        new SleeveCounters(),
        faults::add);
  }

  @Test
  void saysOnceThatItHasEndedWhenThePollerFails() throws Exception {
    Poller poller = Poller.open(4);
    poller.close();
    receiver(poller).run();
    assertEquals(List.of("receiving frames from peers has ended: Bad file descriptor"), faults);
  }

  @Test
  void saysNothingWhenItIsToldToStop() throws Exception {
    try (Poller poller = Poller.open(4)) {
      SleeveReceiver receiver = receiver(poller);
      receiver.stop();
      receiver.run();
    }
    assertEquals(List.of(), faults);
  }

  @Override
  public void captured(int lane, FrameBatch frames) {
    throw new IllegalStateException("nothing is captured here");
  }

  @Override
  public void received(int lane, FrameBatch frames) {
    throw new IllegalStateException("nothing is received here");
  }
}
