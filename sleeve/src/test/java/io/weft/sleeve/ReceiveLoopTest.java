package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.linux.ReceiveVector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a receive thread ends. */
final class ReceiveLoopTest implements ReceiveLoop.Handler {
  private final List<String> faults = new ArrayList<>();

  @Test
  void saysOnceThatItHasEndedWhenThePollerFails() throws Exception {
    ReceiveLoop loop = new ReceiveLoop(this, faults::add);
    loop.close();
    loop.run();
    assertEquals(List.of("receiving frames from peers has ended: Bad file descriptor"), faults);
  }

  @Test
  void saysNothingWhenItIsToldToStop() throws Exception {
    try (ReceiveLoop loop = new ReceiveLoop(this, faults::add)) {
      loop.stop();
      loop.run();
    }
    assertEquals(List.of(), faults);
  }

  @Override
  public void received(ReceiveVector vector) {
    throw new IllegalStateException("nothing is received here");
  }

  @Override
  public void pathError(PeerSocket socket, int errno) {
    throw new IllegalStateException("nothing is sent here");
  }

  @Override
  public void lost(RuntimeException fault) {
    throw fault;
  }
}
