package io.weft.gossip.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class AcceptGateTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void limitsTheRateOfAnAddressButNotOfOthers() {
    AcceptGate gate = new AcceptGate(new AcceptLimits(100, 100, 100, 3, 2));
    InetAddress flooder = address("192.0.2.1");
    for (int i = 0; i < 3; i++) {
      assertNull(gate.admit(flooder, 0));
    }
    assertEquals(Refusal.RATE, gate.admit(flooder, 0));
    assertNull(gate.admit(address("192.0.2.2"), 0));
    assertEquals(Refusal.RATE, gate.admit(flooder, SECOND / 2 - 1));
    assertNull(gate.admit(flooder, SECOND / 2));
    assertEquals(Refusal.RATE, gate.admit(flooder, SECOND / 2));
  }

  @Test
  void limitsUnfinishedHandshakesOfAnAddress() {
    AcceptGate gate = new AcceptGate(new AcceptLimits(100, 2, 100, 50, 50));
    InetAddress peer = address("192.0.2.1");
    assertNull(gate.admit(peer, 0));
    assertNull(gate.admit(peer, 0));
    assertEquals(Refusal.ADDRESS_HANDSHAKES, gate.admit(peer, 0));
    gate.handshaken(peer);
    assertNull(gate.admit(peer, 0));
    gate.closed(peer, false);
    assertNull(gate.admit(peer, 0));
    assertEquals(Refusal.ADDRESS_HANDSHAKES, gate.admit(peer, 0));
  }

  @Test
  void limitsTheLinksOfAnAddress() {
    AcceptGate gate = new AcceptGate(new AcceptLimits(100, 10, 2, 50, 50));
    InetAddress peer = address("192.0.2.1");
    for (int i = 0; i < 2; i++) {
      assertNull(gate.admit(peer, 0));
      gate.handshaken(peer);
    }
    assertEquals(Refusal.ADDRESS_LINKS, gate.admit(peer, 0));
    gate.closed(peer, true);
    assertNull(gate.admit(peer, 0));
  }

  @Test
  void countsIpv6AddressesByTheirNetwork() {
    AcceptGate gate = new AcceptGate(new AcceptLimits(100, 1, 100, 50, 50));
    assertNull(gate.admit(address("2001:db8::1"), 0));
    assertEquals(Refusal.ADDRESS_HANDSHAKES, gate.admit(address("2001:db8::2"), 0));
    assertNull(gate.admit(address("2001:db8:0:1::1"), 0));
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
