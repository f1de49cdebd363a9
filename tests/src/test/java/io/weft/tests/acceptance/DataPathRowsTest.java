package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What containers see of the network: rows D10 to D12, D14 and A7, scripts 191, 195 and 300. */
final class DataPathRowsTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);
  private static final String INIT = "--ipalloc-init=consensus=2";

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  @ParameterizedTest
  @CsvSource({
    "'', --mtu=1300, 1300",
    "1290, --no-fastdp, 1290",
    "'', --no-fastdp --capture=pcap, 65535"
  })
  void d10TheMtuIsThatOfTheFlagOrTheVariable(String variable, String flags, int expected)
      throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch(Map.of("WEAVE_MTU", variable), flags.split(" ", -1));
      String mtu = " mtu " + expected + " ";
      Container container = host.attach();
      String bridge = host.namespace().ip("link", "show", "weave");
      assertTrue(bridge.contains(mtu), bridge);
      String inside = container.namespace().ip("link", "show", "ethwe");
      assertTrue(inside.contains(mtu), inside);
    }
  }

  @Test
  void d11MulticastReachesContainersOfOtherHostsThatHaveItsRoute() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of(INIT), a, b);
      a.awaitConnections("established", 1);
      Container speaker = a.attach();
      Container listener = b.attach();
      speaker.reaches(listener);
      String route = "224.0.0.0/4 dev ethwe";
      assertTrue(speaker.namespace().ip("route").contains(route), "attach adds the route");
      Namespace without = underlay.namespace("without");
      a.weave("attach", "--no-multicast-route", "netns:" + without.path());
      assertEquals("", without.ip("route", "show", "224.0.0.0/4"), "script 195");

      String text = "MulticastToOther";
      String pattern = HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
      try (Capture heard = Capture.start(listener.namespace(), "ethwe", "dst host 239.1.2.3")) {
        Await.until(
            "multicast arrives",
            LIMIT,
            () -> {
              speaker.ping("239.1.2.3", "-s", "32", "-p", pattern);
              return heard.count(text);
            },
            count -> count > 0);
      }
    }
  }

  @Test
  void script300AnAddressThatMovesToAnotherContainerIsReachableAtOnce() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of(INIT), a, b);
      a.awaitConnections("established", 1);
      Namespace caller = underlay.namespace("caller");
      b.weave("attach", "ip:10.99.0.1/24", "netns:" + caller.path());
      int number = 0;
      for (Host host : List.of(a, a, b, a)) {
        Namespace next = underlay.namespace("c" + number++);
        String place = "netns:" + next.path();
        host.weave("attach", "ip:10.99.0.7/24", place);
        Command.Output ping =
            caller.run("ping", "-n", "-c", "4", "-i", "0.5", "-W", "2", "10.99.0.7");
        assertEquals(0, ping.exit(), host.label() + ": " + ping.out());
        host.weave("detach", "ip:10.99.0.7/24", place);
      }
    }
  }

  @Test
  void d14APeerBehindAddressTranslationIsReachedByTheConnectionItDials() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host open = underlay.host("a");
      Host hidden = underlay.host("b");
      Namespace gateway = underlay.namespace("nat");
      hide(underlay, hidden, gateway);
      Host.launchAll(List.of(INIT, "--no-fastdp"), open, hidden);
      open.awaitConnections("established", 1);
      hidden.awaitConnections("established", 1);
      String seen = open.weave("status", "connections");
      assertTrue(seen.contains("<- 192.0.2.50:"), "only the translator is seen: " + seen);
      Container there = open.attach();
      Container here = hidden.attach();
      here.reaches(there, "-s", "3000");
      there.reaches(here, "-s", "3000");
    }
  }

  /** Takes a host from the wire and puts it behind a translator. */
  private static void hide(Underlay underlay, Host host, Namespace gateway) throws Exception {
    Namespace wire = underlay.wire();
    host.namespace().ip("link", "delete", "eth0");
    wire.ip("link", "add", "tonat", "type", "veth", "peer", "name", "out", "netns", gateway.name());
    wire.ip("link", "set", "tonat", "master", "wire", "up");
    gateway.ip("addr", "add", "192.0.2.50/24", "dev", "out");
    gateway.ip("link", "set", "out", "up");
    gateway.ip(
        "link",
        "add",
        "in",
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        host.namespace().name());
    gateway.ip("addr", "add", "198.18.9.1/24", "dev", "in");
    gateway.ip("link", "set", "in", "up");
    host.namespace().ip("addr", "add", "198.18.9.2/24", "dev", "eth0");
    host.namespace().ip("link", "set", "eth0", "up");
    host.namespace().ip("route", "add", "default", "via", "198.18.9.1");
    gateway.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1").orFail();
    for (String rule :
        List.of(
            "add table ip nat",
            "add chain ip nat post { type nat hook postrouting priority 100 ; }",
            "add rule ip nat post oif out masquerade")) {
      gateway.run("nft", rule).orFail();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--no-fastdp", "--log-level=info"})
  void script191AfterTheBridgeWentDownAndTheRouterDiedALaunchBringsEverythingBack(String flag)
      throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of(INIT, flag), a, b);
      a.awaitConnections("established", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      a.weave("expose");
      onA.reaches(onB);
      String[] list = {"nft", "-s", "list", "table", "ip", "weave"};
      String rules =
          Await.until(
              "our rules", LIMIT, () -> a.namespace().run(list).out(), text -> !text.isEmpty());
      a.namespace().ip("link", "set", "weave", "down");
      a.crash();
      a.launch("--resume", flag);
      a.awaitConnections("established", 1);
      onA.reaches(onB);
      onB.reaches(onA);
      Await.until("the rules", LIMIT, () -> a.namespace().run(list).out(), rules::equals);
    }
  }
}
