package io.weft.router.firewall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.fastpath.EspPath;
import io.weft.linux.Ipv4Address;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import io.weft.router.firewall.Firewall.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where the rules of one router go when the one before it had its own elsewhere. */
@RequiresRoot
final class FirewallTest {
  private static final FirewallState PLAIN =
      new FirewallState(
          "weave", Optional.empty(), List.of(), false, List.of(), List.of(), Optional.empty());
  private static final EspPath PATH =
      new EspPath(
          Ipv4Address.parse("192.0.2.1"), Ipv4Address.parse("192.0.2.2"), 6_784, 0x0badcafe);

  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace host;

  @BeforeEach
  void create() throws IOException {
    host = namespaces.create();
  }

  @AfterEach
  void remove() throws IOException {
    namespaces.close();
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void rulesOfEveryOtherKindAreGoneAfterALaunch(Backend chosen) throws IOException {
    host.perform(() -> {
      for (Backend backend : Backend.values()) {
        Firewall.backendOf(backend).apply(PLAIN.withEncrypted(List.of(PATH)));
      }
    });
    launch(chosen);
    host.perform(() -> {
      for (Backend backend : Backend.values()) {
        String rules = Firewall.backendOf(backend).present();
        if (backend == chosen) {
          assertNotEquals("", rules, () -> "no " + backend);
          assertFalse(rules.contains("IPSEC") || rules.contains("esp_input"), rules);
        } else {
          assertEquals("", rules, () -> backend + " is left");
        }
      }
    });
  }

  @Test
  void aKindThatWasNeverUsedIsNotBegunByLooking() throws IOException {
    launch(Backend.TABLE);
    host.perform(() -> {
      Path legacy = Path.of("/proc/thread-self/net/ip_tables_names");
      assertEquals("", Files.exists(legacy) ? Files.readString(legacy) : "");
      assertEquals("table ip weave", run("nft", "list", "tables").strip());
    });
  }

  @ParameterizedTest
  @EnumSource(names = {"IPTABLES_NFT", "IPTABLES_LEGACY"})
  void rulesOfOthersStayWithWhatTheyLeadTo(Backend before) throws IOException {
    String iptables = before == Backend.IPTABLES_NFT ? "iptables-nft" : "iptables-legacy";
    host.perform(() -> {
      Firewall.backendOf(before).apply(PLAIN);
      run(iptables, "-N", "WEAVE-NPC");
      run(iptables, "-A", "FORWARD", "-o", "weave", "-j", "WEAVE-NPC");
      run(iptables, "-t", "nat", "-A", "POSTROUTING", "-j", "WEAVE");
    });
    launch(Backend.TABLE);
    host.perform(() -> {
      String rules = run(iptables + "-save");
      assertTrue(rules.contains("-A FORWARD -o weave -j WEAVE-NPC"), rules);
      assertTrue(rules.contains("-A POSTROUTING -j WEAVE"), rules);
      assertFalse(rules.contains("weave: "), rules);
      assertFalse(rules.contains("WEAVE-EXPOSE"), rules);
    });
  }

  private void launch(Backend backend) throws IOException {
    host.perform(() -> {
      try (Firewall firewall = Firewall.open(backend, PLAIN)) {
        firewall.flush();
      }
    });
  }

  private static String run(String... command) throws IOException {
    return FirewallProgram.require(List.of(command), "");
  }
}
