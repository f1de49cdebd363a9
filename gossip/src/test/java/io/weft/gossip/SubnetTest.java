package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and subnets as text. */
class SubnetTest {
  @Test
  void containsTheAddressesOfItsPrefix() {
    Subnet subnet = Subnet.parse("10.32.128.0/17");
    assertTrue(subnet.contains(InetAddress.ofLiteral("10.32.128.0")));
    assertTrue(subnet.contains(InetAddress.ofLiteral("10.32.255.255")));
    assertFalse(subnet.contains(InetAddress.ofLiteral("10.32.127.255")));
    assertFalse(subnet.contains(InetAddress.ofLiteral("::1")));
    assertTrue(Subnet.parse("0.0.0.0/0").contains(InetAddress.ofLiteral("192.0.2.1")));
    assertTrue(Subnet.parse("fd00::/8").contains(InetAddress.ofLiteral("fd12::1")));
    assertFalse(Subnet.parse("192.0.2.1/32").contains(InetAddress.ofLiteral("192.0.2.2")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "host/8", "::/129", "a/b"})
  void refusesOtherTexts(String text) {
    assertThrows(IllegalArgumentException.class, () -> Subnet.parse(text));
  }

  @Test
  void readsTheAddressesThatPeersGossip() {
    InetSocketAddress v4 = Addresses.parse("10.0.0.1:6783");
    assertNotNull(v4);
    assertEquals(6783, v4.getPort());
    InetSocketAddress v6 = Addresses.parse("[fe80::1]:49152");
    assertNotNull(v6);
    assertEquals(49_152, v6.getPort());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":1",
        "10.0.0.1",
        "10.0.0.1:0",
        "10.0.0.1:65536",
        "10.0.0.1:-1",
        "10.0.0:1",
        "999.0.0.1:1",
        "localhost:1",
        "fe80::1:80",
        "[fe80::1%eth0]:80",
        "[]:80",
        "[10.0.0.1:80"
      })
  void ignoresWhatIsNoAddress(String text) {
    assertNull(Addresses.parse(text));
  }
}
