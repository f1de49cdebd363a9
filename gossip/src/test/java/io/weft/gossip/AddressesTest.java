package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weft.gossip.wire.AddressText;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as peers report them (mesh.md 5.6, 9.1). */
class AddressesTest {
  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.7:6783", "[fe80::1]:6783", "[2001:db8::1]:65535"})
  void readsWhatItWritesInBothFamilies(String text) {
    InetSocketAddress address = Addresses.parse(text);
    assertNotNull(address);
    assertEquals(text, AddressText.of(address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[fe80::1]:40000", "192.0.2.7:40000"})
  void aDiscoveredHostIsDialledAtOurPortAsOneAddress(String reported) {
    InetSocketAddress address = Addresses.parse(reported);
    assertNotNull(address);
    InetSocketAddress dialled = new InetSocketAddress(address.getAddress(), 6783);
    assertEquals(reported.replace("40000", "6783"), AddressText.of(dialled));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "6783",
        ":6783",
        "host:6783",
        "fe80::1:6783",
        "[fe80::1]",
        "[fe80::1%eth0]:6783",
        "192.0.2.7:0",
        "192.0.2.7:65536",
        "192.0.2.7:-1",
        "256.0.2.7:6783",
        "[]:6783"
      })
  void doesNotTakeAnythingElse(String text) {
    assertNull(Addresses.parse(text));
  }
}
