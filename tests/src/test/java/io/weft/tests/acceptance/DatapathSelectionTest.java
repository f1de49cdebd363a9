package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a router chooses by itself to carry frames where it cannot have the best. */
final class DatapathSelectionTest {
  private static final int VXLAN_PORT = 6784;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("setpriv", "unshare", "mount"));
  }

  @Test
  void withoutEbpfDevicesCarryWhileTheMeshIsFullElseTheRouterAndStatusSaysWhy() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String[] options = {"--no-discovery", "--ipalloc-init=consensus=2"};
      FastdpHosts.launchWithoutEbpf(a, options);
      FastdpHosts.launchWithoutEbpf(b, options[0], options[1], a.address());
      Host.awaitStatus(
          "Datapath: kernel (a VXLAN device for each peer: eBPF is not permitted)", a, b);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      onB.reaches(onA);

      // b and c have no connection: no device leads from one to the other.
      FastdpHosts.launchWithoutEbpf(c, options[0], options[1], a.address());
      Host.awaitStatus(
          "Datapath: user space (VXLAN by the router: eBPF is not permitted; no devices, as ",
          a,
          b,
          c);
      Container onC = c.attach();
      onC.reaches(onB);
      onB.reaches(onC);
      onA.reaches(onC);
    }
  }

  @Test
  void whereAnotherProgramHasThePortOfVxlanOtherOverlaysCarryAndStatusSaysWhy() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch("--ipalloc-init=consensus=2");
      try (DatagramSocket _ = takePort(b)) {
        b.launch("--ipalloc-init=consensus=2", a.address());
        Host.awaitStatus("Datapath: user space (no fastdp: the UDP port of VXLAN is not free)", b);
        Host.awaitStatus("Datapath: kernel (VXLAN by eBPF)", a);
        a.awaitOverlay("sleeve2", 1);
        b.awaitOverlay("sleeve2", 1);
        String connections = b.control().get("/status/connections").body();
        assertTrue(connections.contains(" reason=fastdp-port-not-free"), connections);
        Container onA = a.attach();
        Container onB = b.attach();
        onA.reaches(onB);
        onB.reaches(onA);

        b.weave("stop");
        for (String asked : List.of("--fastdp-by=user", "--overlays=fastdp")) {
          Command.Output refused =
              b.weave(
                  Map.of(),
                  List.of("launch", "--no-setup-cni", "--db-prefix=" + b.statePrefix(), asked));
          assertNotEquals(0, refused.exit(), "what is asked for is not replaced: " + asked);
          assertTrue((refused.out() + refused.err()).contains("EADDRINUSE"), refused::toString);
        }
      }
      b.launch("--ipalloc-init=consensus=2", a.address());
      Host.awaitStatus("Datapath: kernel (VXLAN by eBPF)", b);
      assertEquals(200, b.control().get("/status").status());
    }
  }

  @Test
  void withoutTapInterfacesCaptureIsByPcapAndStatusAndLogSaySo() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      String[] options = {"--no-fastdp", "--ipalloc-init=consensus=2"};
      a.launchBy(withoutTap(), options);
      b.launch(options[0], options[1], a.address());
      Host.awaitStatus("Capture: vethwe-pcap (via pcap)", a);
      Host.awaitStatus("Capture: vethwe-bridge (via tap)", b);
      String log = Files.readString(a.log());
      assertTrue(log.contains("no super-frames, capture is by pcap: "), log);
      a.awaitConnections("established", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      onB.reaches(onA, "-s", "5000");

      a.weave("stop");
      AssertionError refused =
          assertThrows(
              AssertionError.class, () -> a.launchBy(withoutTap(), options[0], "--capture=tap"));
      assertTrue(refused.toString().contains("--capture tap: "), "what is asked for: " + refused);
    }
  }

  /** Starts a router that finds a file which makes no interfaces, and that out by trying. */
  private static List<String> withoutTap() {
    return List.of(
        "unshare",
        "--mount",
        "sh",
        "-c",
        "mount --bind /dev/null /dev/net/tun && exec \"$@\"",
        "sh",
        Prerequisites.weave().toString());
  }

  private static DatagramSocket takePort(Host host) throws IOException {
    try (NetworkNamespace entered = NetworkNamespace.ofName(host.namespace().name())) {
      return entered.run(() -> new DatagramSocket(VXLAN_PORT));
    }
  }
}
