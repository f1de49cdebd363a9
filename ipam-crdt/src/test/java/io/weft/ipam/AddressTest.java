package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  private static String refusal(Executable parse) {
    return String.valueOf(assertThrows(InvalidAddressException.class, parse).getMessage());
  }

  @Test
  void readsAddresses() throws InvalidAddressException {
    assertEquals(0x0a200000L, Ipv4.parse("10.32.0.0"));
    assertEquals(0xffffffffL, Ipv4.parse("255.255.255.255"));
    assertEquals("255.255.255.254", Ipv4.format(0xfffffffeL));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1..3.4",
        "1.2.3.4 ",
        "a.b.c.d"
      })
  void refusesWhatIsNoAddress(String text) {
    assertEquals("invalid IP Address: " + text, refusal(() -> Ipv4.parse(text)));
  }

  @Test
  void keepsHostBitsOfCidrs() throws InvalidAddressException {
    Cidr cidr = Cidr.parse("10.32.0.5/12");
    assertEquals("10.32.0.5/12", cidr.toString());
    assertEquals(0x0a200005L, cidr.address());
    assertEquals(1 << 20, cidr.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.32.0.0", "10.32.0.0/33", "10.32.0.0/", "10.0/8", "10.32.0.0/+8", "/8"})
  void refusesWhatIsNoCidr(String text) {
    assertEquals("invalid CIDR address: " + text, refusal(() -> Cidr.parse(text)));
  }

  @Test
  void saysThatOtherProtocolsAreNotSupported() {
    assertEquals(
        "invalid Non-IPv4 address not supported: fe80::1/64",
        refusal(() -> Cidr.parse("fe80::1/64")));
  }

  @ParameterizedTest
  @CsvSource({
    "10.32.0.1/12,bits after network prefix are not all zero",
    "10.32.0.0/31,smaller than minimum size 4",
    "10.32.0.1/32,smaller than minimum size 4",
    "10.32.0.1/31,smaller than minimum size 4",
    "0.0.0.0/0,smaller than minimum size 4"
  })
  void refusesWhatIsNoSubnet(String text, String reason) {
    assertEquals("invalid subnet - " + reason + ": " + text, refusal(() -> Cidr.parseSubnet(text)));
  }

  @Test
  void leavesOutNetworkAndBroadcastAddress() throws InvalidAddressException {
    Cidr subnet = Cidr.parseSubnet("10.32.0.0/30");
    assertEquals("10.32.0.1-10.32.0.2", subnet.hostRange().toString());
    assertEquals("10.32.0.0/30", subnet.range().toCidrText());
    assertEquals("10.32.0.1-10.32.0.3", new AddressRange(0x0a200001L, 0x0a200004L).toCidrText());
    assertTrue(Cidr.parse("255.255.255.255/32").hostRange().isEmpty());
  }

  @Test
  void checksTheOptionsTogether() throws InvalidAddressException {
    Cidr universe = Cidr.parseSubnet("10.32.0.0/12");
    Cidr larger = Cidr.parseSubnet("10.0.0.0/8");
    Cidr apart = Cidr.parseSubnet("10.48.0.0/12");
    assertEquals(larger, config(universe, larger).defaultSubnet());
    assertEquals(
        "IP address allocation default subnet 10.48.0.0/12 does not overlap with allocation range"
            + " 10.32.0.0/12",
        refusal(() -> config(universe, apart)));
    assertEquals(
        "IP address allocation range 240.0.0.0/4 includes 255.255.255.255, which cannot be shared",
        refusal(() -> config(Cidr.parseSubnet("240.0.0.0/4"), universe)));
  }

  private static IpamConfig config(Cidr universe, Cidr subnet) throws InvalidAddressException {
    return IpamConfig.of(new PeerName(1), 1, "one", universe, subnet, new BootstrapMode.Observer());
  }

  @Test
  void readsBootstrapModes() throws InvalidAddressException {
    assertEquals(new BootstrapMode.Consensus(0), BootstrapMode.parse(""));
    assertEquals(new BootstrapMode.Consensus(0), BootstrapMode.parse("consensus"));
    assertEquals(new BootstrapMode.Consensus(3), BootstrapMode.parse("consensus=3"));
    assertEquals(new BootstrapMode.Observer(), BootstrapMode.parse("observer"));
    assertEquals(
        new BootstrapMode.Seed(List.of(new PeerName(1), new PeerName(2))),
        BootstrapMode.parse("seed=00:00:00:00:00:01,::2"));
    assertEquals(new BootstrapMode.Seed(List.of()), BootstrapMode.parse("seed="));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "consensus=x|bad consensus parameter: x",
        "consensus=-1|bad consensus parameter: -1",
        "seed|seed mode requires peer name list",
        "observer=1|observer mode takes no parameter",
        "quorum|unknown mode: quorum"
      })
  void refusesUnknownBootstrapModes(String text, String reason) {
    assertEquals(
        "Unable to parse --ipalloc-init: " + reason, refusal(() -> BootstrapMode.parse(text)));
  }
}
