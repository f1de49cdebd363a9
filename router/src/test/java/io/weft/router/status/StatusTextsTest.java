package io.weft.router.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.ConnectionStatus;
import io.weft.gossip.ConnectionStatus.State;
import io.weft.gossip.PeerName;
import io.weft.gossip.PeerStatus;
import io.weft.ipam.Cidr;
import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.IpamStatus;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The texts of a chain of three original routers, as recorded from its first. */
@SuppressWarnings("StringConcatToTextBlock") // Margins and blanks at line ends are what is tested.
final class StatusTextsTest {
  private static final PeerName ONE = SampleStatus.ONE;
  private static final PeerName TWO = new PeerName(0x7a0000000002L);
  private static final PeerName THREE = new PeerName(0x7a0000000003L);

  @Test
  void theOverviewIsTheRecordedOneWithALineAboutCapture() throws Exception {
    assertEquals(
        "        Version: 2.9.0-oracle (version check update disabled)\n"
            + "\n"
            + "        Service: router\n"
            + "       Protocol: weave 1..2\n"
            + "           Name: 7a:00:00:00:00:01(node1)\n"
            + "     Encryption: disabled\n"
            + "  PeerDiscovery: disabled\n"
            + "        Targets: 0\n"
            + "    Connections: 1 (1 established)\n"
            + "          Peers: 3 (with 4 established connections)\n"
            + " TrustedSubnets: none\n"
            + "        Capture: vethwe-pcap (via pcap)\n"
            + "        Workers: 2\n"
            + "\n"
            + "        Service: ipam\n"
            + "         Status: ready\n"
            + "          Range: 10.32.0.0/24\n"
            + "  DefaultSubnet: 10.32.0.0/24\n",
        StatusTexts.overview(chain()));
  }

  @Test
  void connectionsAreTheRecordedOnes() throws Exception {
    assertEquals(
        "<- 10.99.0.2:44111       established sleeve 7a:00:00:00:00:02(node2) mtu=1438\n",
        StatusTexts.connections(chain()));
  }

  @Test
  void attributesStandBackToBackAndLinesWithoutAnyEndInABlank() {
    List<ConnectionStatus> connections =
        List.of(
            new ConnectionStatus(
                "192.0.2.13:6783",
                true,
                State.PENDING,
                "encrypted   sleeve 7e:ae:cd:d5:23:8d(host3)",
                new TreeMap<>(Map.of("name", "sleeve", "encrypted", true, "mtu", 1438))),
            new ConnectionStatus(
                "192.0.2.15:6783",
                true,
                State.FAILED,
                "cannot connect to ourself, retry: never",
                null),
            new ConnectionStatus("192.0.2.16:6783", true, State.CONNECTING, "", null));
    RouterStatus status = SampleStatus.of(true, List.of(), connections, List.of("a", "b:1"), null);
    assertEquals(
        "-> 192.0.2.13:6783       pending     encrypted   sleeve 7e:ae:cd:d5:23:8d(host3)"
            + " encrypted=truemtu=1438\n"
            + "-> 192.0.2.15:6783       failed      cannot connect to ourself, retry: never \n"
            + "-> 192.0.2.16:6783       connecting   \n",
        StatusTexts.connections(status));
    String overview = StatusTexts.overview(status);
    assertEquals(
        "    Connections: 3 (1 pending, 1 failed, 1 connecting)",
        overview.lines().filter(line -> line.contains("Connections:")).findFirst().orElse(""));
    assertEquals("a\nb:1\n", StatusTexts.targets(status));
  }

  @Test
  void thatRunsOfDatagramsAreRefusedStandsApartBehindTheAttributesOfTheOriginal() {
    ConnectionStatus connection =
        new ConnectionStatus(
            "192.0.2.13:6783",
            false,
            State.ESTABLISHED,
            "encrypted   sleeve2 7e:ae:cd:d5:23:8d(host3)",
            new TreeMap<>(
                Map.of("name", "sleeve2", "encrypted", true, "mtu", 1420, "udp-gso", "off")));
    assertEquals(
        "<- 192.0.2.13:6783       established encrypted   sleeve2 7e:ae:cd:d5:23:8d(host3)"
            + " encrypted=truemtu=1420 udp-gso=off\n",
        StatusTexts.connections(
            SampleStatus.of(true, List.of(), List.of(connection), List.of(), null)));
  }

  @Test
  void peersAreTheRecordedOnes() throws Exception {
    assertEquals(
        "7a:00:00:00:00:01(node1)\n"
            + "   <- 10.99.0.2:44111       7a:00:00:00:00:02(node2)              established\n"
            + "7a:00:00:00:00:02(node2)\n"
            + "   <- 10.99.0.3:38993       7a:00:00:00:00:03(node3)              established\n"
            + "   -> 10.99.0.1:6783        7a:00:00:00:00:01(node1)              established\n"
            + "7a:00:00:00:00:03(node3)\n"
            + "   -> 10.99.0.2:6783        7a:00:00:00:00:02(node2)              established\n",
        StatusTexts.peers(chain()));
  }

  @Test
  void sharesOfAddressesAreTheRecordedOnes() throws Exception {
    assertEquals(
        "7a:00:00:00:00:01(node1)                   129 IPs (50.4% of total) (2 active)\n"
            + "7a:00:00:00:00:02(node2)                    64 IPs (25.0% of total) \n"
            + "7a:00:00:00:00:03(node3)                    63 IPs (24.6% of total)"
            + " - unreachable!\n",
        StatusTexts.ipam(addresses()));
  }

  private static RouterStatus chain() throws InvalidAddressException {
    PeerStatus.Link oneToTwo = link(TWO, "node2", "10.99.0.2:44111", false);
    PeerStatus.Link twoToThree = link(THREE, "node3", "10.99.0.3:38993", false);
    PeerStatus.Link twoToOne = link(ONE, "node1", "10.99.0.1:6783", true);
    PeerStatus.Link threeToTwo = link(TWO, "node2", "10.99.0.2:6783", true);
    return SampleStatus.of(
        true,
        List.of(
            new PeerStatus(ONE, "node1", 1, 2083, 2, 1, List.of(oneToTwo)),
            new PeerStatus(TWO, "node2", 2, 4050, 4, 2, List.of(twoToThree, twoToOne)),
            new PeerStatus(THREE, "node3", 3, 3171, 2, 1, List.of(threeToTwo))),
        List.of(
            new ConnectionStatus(
                "10.99.0.2:44111",
                false,
                State.ESTABLISHED,
                "sleeve 7a:00:00:00:00:02(node2)",
                new TreeMap<>(Map.of("name", "sleeve", "mtu", 1438)))),
        List.of(),
        addresses());
  }

  private static PeerStatus.Link link(
      PeerName name, String nickName, String address, boolean outbound) {
    return new PeerStatus.Link(name, nickName, address, outbound, true);
  }

  private static IpamStatus addresses() throws InvalidAddressException {
    Cidr range = Cidr.parse("10.32.0.0/24");
    return new IpamStatus(
        "ready",
        range,
        range,
        256,
        2,
        null,
        List.of(new IpamStatus.Entry("10.32.0.0", 128, ONE, "node1", true, 1)),
        List.of(
            new IpamStatus.Owner(ONE, "node1", 129, 50.390625, true, true, 2),
            new IpamStatus.Owner(TWO, "node2", 64, 25, false, true, 0),
            new IpamStatus.Owner(THREE, "node3", 63, 24.609375, false, false, 0)),
        List.of(),
        List.of(),
        IpamStatus.Health.GOOD);
  }
}
