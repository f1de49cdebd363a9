package io.weft.router.firewall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.fastpath.EspPath;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.Poller;
import io.weft.linux.ReceiveVector;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import io.weft.linux.UdpSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rules about encrypted VXLAN in the packet filter itself, of each kind. Without a policy that
 * encrypts, which needs no ESP in the kernel, nothing may pass in plain text, either way.
 */
@RequiresRoot
final class EncryptionRulesTest {
  private static final Ipv4Address HERE = Ipv4Address.parse("192.0.2.1");
  private static final Ipv4Address PEER = Ipv4Address.parse("192.0.2.2");
  private static final int VXLAN = 6_784;
  private static final int OTHER = 6_785;
  private static final int SPI = 0x0badcafe;
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final byte[] WORDS = {1, 2, 3, 4, 5, 6, 7, 8};

  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace host;
  private NetworkNamespace peer;

  @BeforeEach
  void join() throws IOException {
    host = namespaces.create();
    peer = namespaces.create();
    TestNamespaces.join(host, peer, "eth0", "192.0.2", 1_500);
  }

  @AfterEach
  void remove() throws IOException {
    namespaces.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nftables", "iptables-nft", "iptables-legacy"})
  void vxlanThatIsToBeEncryptedPassesNeitherWayInPlainText(String kind) throws IOException {
    RuleBackend backend = backend(kind);
    FirewallState plain =
        new FirewallState(
            "weave", Optional.empty(), List.of(), false, List.of(), List.of(), Optional.empty());
    EspPath path = new EspPath(HERE, PEER, VXLAN, SPI);
    host.perform(() -> backend.apply(plain));
    assertTrue(passes(host, HERE, peer, PEER), "out, without encryption");
    assertTrue(passes(peer, PEER, host, HERE), "in, without encryption");

    host.perform(() -> {
      backend.apply(plain.withEncrypted(List.of(path)));
      String rules = backend.present();
      assertTrue(rules.contains("0xbadcafe") || rules.contains("195939070"), rules);
      assertTrue(rules.contains("0x20000") || rules.contains("0x00020000"), rules);
      backend.apply(plain.withEncrypted(List.of(path)));
      assertEquals(rules, backend.present(), "the same once more changes nothing");
    });
    assertFalse(passes(host, HERE, peer, PEER), "out");
    assertFalse(passes(peer, PEER, host, HERE), "in");

    host.perform(() -> backend.apply(plain));
    assertTrue(passes(host, HERE, peer, PEER), "out, when the connection has ended");
    assertTrue(passes(peer, PEER, host, HERE), "in, when the connection has ended");
    host.perform(() -> {
      backend.apply(plain.withEncrypted(List.of(path)));
      backend.remove();
      assertEquals("", backend.present());
    });
    assertTrue(passes(host, HERE, peer, PEER), "out, after reset");
    assertTrue(passes(peer, PEER, host, HERE), "in, after reset");
  }

  private static RuleBackend backend(String kind) {
    return switch (kind) {
      case "nftables" -> new NftablesBackend();
      case "iptables-nft" -> new IptablesBackend(false);
      default -> new IptablesBackend(true);
    };
  }

  /** Whether VXLAN's port is reached; another port always is, and later on the same wire. */
  private static boolean passes(
      NetworkNamespace from, Ipv4Address source, NetworkNamespace to, Ipv4Address target)
      throws IOException {
    try (UdpSocket vxlan = bound(to, target, VXLAN);
        UdpSocket other = bound(to, target, OTHER);
        UdpSocket sender = bound(from, source, 0)) {
      ByteBuffer data = ByteBuffer.allocateDirect(WORDS.length).put(0, WORDS);
      // What the filter drops on its way out is refused, which says as much.
      int sent = sender.sendTo(data, 0, WORDS.length, target.value(), VXLAN);
      assertEquals(WORDS.length, sender.sendTo(data, 0, WORDS.length, target.value(), OTHER));
      assertEquals(1, other.receive(awaited(other)), "a datagram to another port");
      return sent == WORDS.length && vxlan.receive(new ReceiveVector(1, 100)) == 1;
    }
  }

  private static ReceiveVector awaited(UdpSocket socket) throws LinuxException {
    try (Poller poller = Poller.open(1)) {
      poller.add(socket, 0);
      poller.await(TIMEOUT_MILLIS);
    }
    return new ReceiveVector(1, 100);
  }

  private static UdpSocket bound(NetworkNamespace namespace, Ipv4Address address, int port)
      throws IOException {
    return namespace.run(() -> {
      UdpSocket socket = UdpSocket.open();
      socket.bind(address, port);
      return socket;
    });
  }
}
