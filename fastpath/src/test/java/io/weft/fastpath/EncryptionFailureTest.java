package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.Ipv4Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A connection whose encryption fails carries nothing any more (overlay.md C.8.6). */
class EncryptionFailureTest {
  private static final PeerName A = PeerName.parse("7a:f4:56:87:76:3b");
  private static final PeerName B = PeerName.parse("b2:9c:11:04:5e:d0");
  private static final int SHORT_A = 0xa01;
  private static final int SHORT_B = 0xb02;
  private static final long UID = 0x1e2c3e485e6c7e80L;
  private static final int MTU = 1_376;
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
    forwarder.onHeartbeat(new KernelEvent.Heartbeat(THERE.value(), MTU + 14, UID, MTU + 14, 0));
    assertEquals(6, log.size(), "a heartbeat in plain text is not acknowledged: " + log);
    assertEquals(Timed.NEVER, forwarder.nextDeadlineNanos(), "and none is sent");
  }

  private boolean forward() {
    FrameBatch batch = new FrameBatch(1, FrameBatch.MAX_FRAME_BYTES);
    batch.add(new byte[60], 0, 60, 0, 0);
    return forwarder.forward(0, batch, 0, A.value(), B.value(), false);
  }

  private static byte[] setupOfB() throws IOException {
    byte[] message = Vectors.bytes("ctl-fastdp-initsa-fromB");
    return Arrays.copyOfRange(message, 3, message.length);
  }

  private static ForwarderParameters toB() {
    RemoteFeatures features =
        new RemoteFeatures(B, "", 1, 1, SHORT_B, false, "fastdp sleeve", Map.of());
    return new ForwarderParameters(
        A, B, UID, new byte[32], true, socketAddress(HERE), socketAddress(THERE), features);
  }

  private static InetSocketAddress socketAddress(Ipv4Address address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address.toString()), 6_783);
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

  /** The connection, with nothing that carries. */
  private final class Recorder extends VxlanForwarder {
    private final ShortIdTable shortIds =
        new ShortIdTable(new TreeMap<>(Map.of(SHORT_A, A, SHORT_B, B)));

    Recorder() throws OverlayException {
      super(
          new Settings(MTU, false, encryption(log), new NetworkMtu(), new EventTime(7_000, 0)),
          toB(),
          HERE,
          THERE,
          6_784,
          new Reports());
    }

    @Override
    void register() {}

    @Override
    void unregister() {}

    @Override
    void cutOff() {
      log.add("cut off, may carry: " + mayCarry());
    }

    @Override
    void changed() {
      log.add("changed, may carry: " + mayCarry());
    }

    @Override
    ShortIdTable shortIds() {
      return shortIds;
    }

    @Override
    boolean carry(
        int lane, FrameBatch batch, int index, int source, int destination, boolean broadcast) {
      return true;
    }

    @Override
    void carryHeartbeat(long uid, int mtuBytes, long token, int source, int destination) {
      log.add("heartbeat");
    }

    @Override
    long[] traffic() {
      return new long[5];
    }

    @Override
    public void heardNothing() {}

    @Override
    public void flush(int lane) {}

    @Override
    public String displayName() {
      return "fastdp";
    }
  }

  private final class Reports implements ForwarderEvents {
    @Override
    public void established() {
      log.add("established");
    }

    @Override
    public void healthy(boolean healthy) {
      log.add("healthy " + healthy);
    }

    @Override
    public void failed(String reason) {
      log.add("failed " + reason);
    }

    @Override
    public void sendControl(int subTag, byte[] body) {
      log.add("control " + subTag);
    }
  }
}
