package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.ForwarderLog;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.OverlayException;
import io.weft.linux.Ipv4Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A connection whose encryption fails carries nothing any more (overlay.md C.8.6). */
class EncryptionFailureTest {
  private static final Ipv4Address HERE = Ipv4Address.parse("192.0.2.1");
  private static final Ipv4Address THERE = Ipv4Address.parse("192.0.2.2");

  private final List<String> log = new ArrayList<>();
  private final Recorder forwarder = new Recorder();

  EncryptionFailureTest() throws OverlayException {}

  @Test
  void whatWasEncryptedDoesNotPassInPlainTextAfterTheEnd() throws Exception {
    forwarder.confirm();
    forwarder.onControl(FastdpProtocol.CONTROL_ESP_SETUP, setupOfB());
    assertTrue(forwarder.mayCarry());
    assertTrue(forward());
    log.clear();

    forwarder.onControl(FastdpProtocol.CONTROL_ESP_SETUP, new byte[36]);
    assertEquals(
        List.of(
            "cut off, may carry: false",
            "changed, may carry: false",
            "failed fastdp-esp-setup-malformed",
            "inbound removed",
            "outbound removed",
            "rules removed"),
        log,
        "nobody chooses another overlay by what is over, and nothing passes in plain text");
    assertFalse(forward());
    int frameBytes = SilentForwarder.MTU + 14;
    forwarder.onHeartbeat(
        new KernelEvent.Heartbeat(THERE.value(), frameBytes, SilentForwarder.UID, frameBytes, 0));
    assertEquals(6, log.size(), "a heartbeat in plain text is not acknowledged: " + log);
    assertEquals(Timed.NEVER, forwarder.nextDeadlineNanos(), "and none is sent");
  }

  private boolean forward() {
    FrameBatch batch = new FrameBatch(1, FrameBatch.MAX_FRAME_BYTES);
    batch.add(new byte[60], 0, 60, 0, 0);
    return forwarder.forward(
        0, batch, 0, SilentForwarder.A.value(), SilentForwarder.B.value(), false);
  }

  private static byte[] setupOfB() throws IOException {
    byte[] message = Vectors.bytes("ctl-fastdp-initsa-fromB");
    return Arrays.copyOfRange(message, 3, message.length);
  }

  private static EspSupport encryption(List<String> log) {
    EspSupport support =
        EspSupport.by(
            new EspKernel() {
              @Override
              public int allocateSpi(Ipv4Address source, Ipv4Address destination) {
                return 0x1234_5678;
              }

              @Override
              public void installInbound(Ipv4Address from, Ipv4Address to, int spi, byte[] key) {}

              @Override
              public void installOutbound(Ipv4Address from, Ipv4Address to, int spi, byte[] key) {}

              @Override
              public void removeInbound(Ipv4Address from, Ipv4Address to, int spi) {
                log.add("inbound removed");
              }

              @Override
              public void removeOutbound(Ipv4Address from, Ipv4Address to, int spi) {
                log.add("outbound removed");
              }

              @Override
              public void close() {}
            });
    support.filterBy(
        new EspRules() {
          @Override
          public void protect(EspPath path, Consumer<Boolean> done) {
            done.accept(true);
          }

          @Override
          public void release(EspPath path) {
            log.add("rules removed");
          }
        });
    return support;
  }

  /** Notes what is done about the connection. */
  private final class Recorder extends SilentForwarder {
    Recorder() throws OverlayException {
      super(
          new Settings(MTU, false, encryption(log), new NetworkMtu(), new EventTime(7_000, 0)),
          new byte[32],
          Map.of(),
          HERE,
          THERE,
          new ForwarderLog(log));
    }

    @Override
    void cutOff() {
      log.add("cut off, may carry: " + mayCarry());
    }

    @Override
    void changed() {
      log.add("changed, may carry: " + mayCarry());
    }

    @Override
    void carryHeartbeat(long uid, int mtuBytes, long token, int source, int destination) {
      log.add("heartbeat");
    }
  }
}
