package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.linux.Ipv4Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The order of steps (overlay.md C.8.6), as it reaches kernel, packet filter and neighbour. */
class EspConnectionTest {
  private static final Ipv4Address LOCAL = Ipv4Address.parse("192.0.2.1");
  private static final Ipv4Address REMOTE = Ipv4Address.parse("192.0.2.2");
  private static final PeerName A = PeerName.parse("7a:f4:56:87:76:3b");
  private static final PeerName B = PeerName.parse("b2:9c:11:04:5e:d0");
  private static final byte[] SESSION_KEY =
      HexFormat.of().parseHex("edb3dc2e3a0707c9eb3023eee3eda2afe867c25a830eacddfd621ddd831b11ff");
  private static final byte[] NONCE =
      HexFormat.of().parseHex("62f50279ac8621f003b33972b1d864200459d7bd60785e6fc85f099ef5623995");
  private static final int SPI = 0xC1A2_B3D4;

  private final List<String> steps = new ArrayList<>();
  private final List<Consumer<Boolean>> rulesAsked = new ArrayList<>();
  private final List<byte[]> sent = new ArrayList<>();
  private boolean outboundRefused;

  private final EspKernel kernel =
      new EspKernel() {
        @Override
        public int allocateSpi(Ipv4Address source, Ipv4Address destination) {
          steps.add("allocate from %s to %s".formatted(source, destination));
          return SPI;
        }

        @Override
        public void installInbound(Ipv4Address from, Ipv4Address to, int spi, byte[] key) {
          steps.add("inbound from %s to %s %08x %s".formatted(from, to, spi, start(key)));
        }

        @Override
        public void installOutbound(Ipv4Address from, Ipv4Address to, int spi, byte[] key)
            throws IOException {
          if (outboundRefused) {
            throw new IOException("refused");
          }
          steps.add("outbound from %s to %s %08x %s".formatted(from, to, spi, start(key)));
        }

        @Override
        public void removeInbound(Ipv4Address from, Ipv4Address to, int spi) {
          steps.add("no inbound %08x".formatted(spi));
        }

        @Override
        public void removeOutbound(Ipv4Address from, Ipv4Address to, int spi) {
          steps.add("no outbound %08x".formatted(spi));
        }

        @Override
        public void close() {}
      };

  private final EspRules rules =
      new EspRules() {
        @Override
        public void protect(EspPath path, Consumer<Boolean> done) {
          steps.add("rules for %s port %d".formatted(path.remote(), path.vxlanPort()));
          rulesAsked.add(done);
        }

        @Override
        public void release(EspPath path) {
          steps.add("no rules %08x".formatted(path.inboundSpi()));
        }
      };

  private final EspConnection.Shell shell =
      new EspConnection.Shell() {
        @Override
        public void secured() {
          steps.add("secured");
        }

        @Override
        public void encryptionFailed(String reason) {
          steps.add("failed " + reason);
        }

        @Override
        public void sendControl(int subTag, byte[] body) {
          steps.add("send " + subTag);
          sent.add(body);
        }
      };

  private final EspConnection connection =
      new EspConnection(
          new EspConnection.Subject(A, B, SESSION_KEY, LOCAL, REMOTE, 6784),
          kernel,
          rules,
          NONCE::clone,
          shell);

  private static String start(byte[] key) {
    assertEquals(EspKeys.BYTES, key.length);
    return HexFormat.of().formatHex(key, 0, 4);
  }

  private static byte[] setupOfB() throws IOException {
    byte[] message = Vectors.bytes("ctl-fastdp-initsa-fromB");
    return Arrays.copyOfRange(message, 3, message.length);
  }

  private static byte[] setupOfA() throws IOException {
    byte[] message = Vectors.bytes("ctl-fastdp-initsa-fromA");
    return Arrays.copyOfRange(message, 3, message.length);
  }

  @Test
  void theNeighbourIsToldWhenInboundStateAndRulesAreThere() throws IOException {
    connection.confirm();
    assertEquals(
        List.of(
            "allocate from 192.0.2.2 to 192.0.2.1",
            "inbound from 192.0.2.2 to 192.0.2.1 c1a2b3d4 1733b0f3",
            "rules for 192.0.2.2 port 6784"),
        steps);
    assertEquals("fastdp-esp-waits-for-packet-filter", connection.complaint());
    rulesAsked.getFirst().accept(true);
    assertEquals("send 1", steps.getLast());
    assertEquals(HexFormat.of().formatHex(setupOfA()), HexFormat.of().formatHex(sent.getFirst()));
    assertEquals("fastdp-esp-not-set-up-by-peer", connection.complaint());

    connection.onSetup(setupOfB());
    assertEquals(
        List.of("outbound from 192.0.2.1 to 192.0.2.2 4c856ffc 6019653e", "secured"),
        steps.subList(4, 6));
    assertEquals("", connection.complaint());
  }

  @Test
  void aMessageBeforeOurConfirmationCountsAfterIt() throws IOException {
    connection.onSetup(setupOfB());
    assertEquals(List.of("outbound from 192.0.2.1 to 192.0.2.2 4c856ffc 6019653e"), steps);
    connection.confirm();
    assertTrue(!steps.contains("secured"), "the rules are not there yet");
    rulesAsked.getFirst().accept(true);
    assertEquals(List.of("send 1", "secured"), steps.subList(4, 6));
  }

  @Test
  void theEndRemovesBothStatesAndTheRulesLast() throws IOException {
    connection.confirm();
    rulesAsked.getFirst().accept(true);
    connection.onSetup(setupOfB());
    steps.clear();
    connection.stop();
    assertEquals(
        List.of("no inbound c1a2b3d4", "no outbound 4c856ffc", "no rules c1a2b3d4"), steps);
    steps.clear();
    connection.stop();
    connection.confirm();
    connection.onSetup(setupOfB());
    assertEquals(List.of(), steps, "nothing comes after the end");
  }

  @Test
  void rulesThatComeAfterTheEndTellNobody() {
    connection.confirm();
    connection.stop();
    steps.clear();
    rulesAsked.getFirst().accept(true);
    assertEquals(List.of(), steps);
  }

  @Test
  void aSecondMessageDoesNotBeginTheSameKeyAnew() throws IOException {
    connection.onSetup(setupOfB());
    byte[] again = setupOfB();
    again[EspSetup.NONCE_BYTES] ^= 1;
    connection.onSetup(again);
    assertEquals(1, steps.size(), "one outbound state: " + steps);
  }

  @Test
  void failuresAreFinalAndLeaveNothing() throws IOException {
    connection.confirm();
    connection.onSetup(new byte[36]);
    assertEquals(
        List.of("failed fastdp-esp-setup-malformed", "no inbound c1a2b3d4", "no rules c1a2b3d4"),
        steps.subList(3, 6));
    connection.onSetup(setupOfB());
    assertEquals(6, steps.size());
  }

  @Test
  void withoutThePacketFilterNothingIsSent() {
    connection.confirm();
    rulesAsked.getFirst().accept(false);
    assertTrue(sent.isEmpty());
    assertTrue(steps.contains("failed fastdp-esp-needs-packet-filter"), steps.toString());
  }

  @Test
  void whatTheKernelRefusesIsTakenBack() throws IOException {
    outboundRefused = true;
    connection.onSetup(setupOfB());
    assertEquals(List.of("failed fastdp-esp-outbound", "no outbound 4c856ffc"), steps);
  }
}
