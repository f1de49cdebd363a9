package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our plugins together with the reference plugins of the CNI project: chained behind {@code
 * weave-net}, above {@code weave-ipam} and below {@code weave-net}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ChainedPluginsTest {
  private static final int NODE_PORT = 8_080;
  private static final int POD_PORT = 80;
  private static final int RATE_BITS = 8_000_000;
  private static final String CHAIN =
      """
      {"cniVersion": "1.0.0", "name": "weave", "plugins": [
        {"type": "weave-net", "hairpinMode": true, "capabilities": {"ips": true, "mac": true}},
        {"type": "loopback"},
        {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true},
        {"type": "bandwidth", "capabilities": {"bandwidth": true}},
        {"type": "firewall", "backend": "iptables"},
        {"type": "tuning", "sysctl": {"net.ipv4.conf.eth0.arp_notify": "1"}}
      ]}
      """;
  private static final String ARGUMENTS =
      """
      {"portMappings": [{"hostPort": %d, "containerPort": %d, "protocol": "tcp"}],
       "bandwidth": {"ingressRate": %3$d, "ingressBurst": %3$d,
                     "egressRate": %3$d, "egressBurst": %3$d}}
      """
          .formatted(NODE_PORT, POD_PORT, RATE_BITS);

  private Path folder;
  private Underlay underlay;
  private Host host;
  private Host other;
  private CniCaller cni;
  private Map<String, String> withoutIpv6;

  @BeforeAll
  void launch(@TempDir Path temporary) throws Exception {
    folder = temporary;
    Prerequisites.check(List.of("nft", "iptables", "tc"), CniCaller.REFERENCE_PLUGINS);
    underlay = new Underlay();
    host = underlay.host("a");
    other = underlay.host("b");
    host.launch();
    host.namespace().run("sysctl", "-qw", "net.ipv4.ip_forward=1").orFail();
    // Where portmap 1.1.1 finds ip6tables, its CHECK wants a chain there even without IPv6.
    Path tools = Files.createDirectories(folder.resolve("tools"));
    Path iptables = tools.resolve("iptables");
    Files.writeString(iptables, "#!/bin/sh\nexec /usr/sbin/iptables \"$@\"\n");
    Files.setPosixFilePermissions(iptables, PosixFilePermissions.fromString("rwxr-xr-x"));
    withoutIpv6 = Map.of("PATH", tools.toString());
    cni = new CniCaller(host, folder.resolve("bin"));
  }

  @AfterAll
  void remove() throws Exception {
    if (underlay != null) {
      underlay.close();
    }
  }

  @Test
  void aChainOfAllReferencePluginsIsAddedCheckedAndDeletedWithoutATrace() throws Exception {
    String rulesBefore = rules();
    String linksBefore = links();
    Namespace pod = underlay.namespace("chain");
    PluginList list = new PluginList(cni, CHAIN, ARGUMENTS);
    JsonNode result = list.add("chain", pod, "eth0");
    assertEquals("eth0", result.at("/interfaces/2/name").asText());
    list.check("chain", pod, "eth0", Map.of("portmap", withoutIpv6));

    assertEquals("1", pod.run("cat", "/proc/sys/net/ipv4/conf/eth0/arp_notify").out().strip());
    assertTrue(
        host.namespace().run("iptables-save").out().contains(addressOf(result)),
        "the firewall plugin has accepted the address");
    pod.run("sysctl", "-qw", "net.ipv4.conf.eth0.arp_notify=0").orFail();
    assertEquals(
        1, list.checkBy("tuning", "chain", pod, "eth0", Map.of()).exit(), "CHECK can fail");
    list.checkBy("weave-net", "chain", pod, "eth0", Map.of()).orFail();

    list.delete("chain", pod, "eth0");
    assertEquals(linksBefore, links());
    assertEquals("", host.control().get("/ip/chain").orFail());
    assertEquals(rulesBefore, rules(), "the address is in no rule any more");
    list.delete("chain", pod, "eth0");
  }

  @Test
  void c16AHostPortOfTheNodeLeadsToTheContainer() throws Exception {
    Namespace pod = underlay.namespace("port");
    PluginList list = new PluginList(cni, CHAIN, ARGUMENTS);
    list.add("port", pod, "eth0");
    try (var _ = Greeting.in(pod, POD_PORT, "pod")) {
      Await.until(
          "the host port answers to another host",
          Duration.ofSeconds(20),
          () -> Greeting.ask(other.namespace(), host.address(), NODE_PORT),
          answer -> answer.startsWith("pod sees "));
      for (String address : List.of(host.address(), "127.0.0.1")) {
        String answer = Greeting.ask(host.namespace(), address, NODE_PORT);
        assertTrue(answer.startsWith("pod sees "), address + " on the node itself: " + answer);
      }
      String own = Greeting.ask(pod, host.address(), NODE_PORT);
      assertTrue(own.startsWith("pod sees "), "the container itself, by hairpin: " + own);
    }
    list.delete("port", pod, "eth0");
    assertEquals("", Greeting.ask(other.namespace(), host.address(), NODE_PORT));
  }

  @Test
  void c22TheBandwidthPluginSetsTheRateThatWasAskedFor() throws Exception {
    Namespace pod = underlay.namespace("rate");
    PluginList list = new PluginList(cni, CHAIN, ARGUMENTS);
    String port = list.add("rate", pod, "eth0").at("/interfaces/1/name").asText();
    String disciplines = host.namespace().run("tc", "qdisc", "show", "dev", port).out();
    assertTrue(disciplines.contains("tbf"), disciplines);
    assertTrue(disciplines.contains("rate 8Mbit"), disciplines);
    String all = host.namespace().run("tc", "qdisc", "show").out();
    String mirrored = all.lines().filter(line -> line.contains("dev bwp")).toList().toString();
    assertTrue(mirrored.contains("rate 8Mbit"), "the other direction: " + all);
    list.delete("rate", pod, "eth0");
    assertFalse(host.namespace().run("tc", "qdisc", "show").out().contains("tbf"));
  }

  @Test
  void c10AddressesOfHostLocalAndStaticAreUsedCheckedAndGivenBack() throws Exception {
    Path data = Files.createDirectories(folder.resolve("host-local"));
    String hostLocal =
        "{\"type\":\"host-local\",\"subnet\":\"10.50.0.0/24\",\"dataDir\":\"%s\"}".formatted(data);
    String fixed =
        "{\"type\":\"static\",\"addresses\":[{\"address\":\"10.51.0.7/24\","
            + "\"gateway\":\"10.51.0.1\"}]}";
    for (String ipam : List.of(hostLocal, fixed)) {
      String type = CniCaller.json(ipam).get("type").asText();
      Namespace pod = underlay.namespace(type);
      String configuration = CniTest.configuration("1.0.0", "\"ipam\":" + ipam + ",");
      JsonNode result = cni.add(type, pod, "eth0", configuration).orFail();
      assertTrue(addressOf(result).startsWith(ipam.contains("10.50.") ? "10.50.0." : "10.51.0.7"));
      assertTrue(pod.ip("-4", "addr", "show", "eth0").contains(addressOf(result)));
      String gateway = result.at("/ips/0/gateway").asText();
      assertTrue(pod.ip("route").contains("default via " + gateway), gateway);
      assertEquals("", host.control().get("/ip/" + type).orFail(), "not of our allocator");
      Map<String, String> attachment = cni.attachment(type, pod, "eth0");
      String cached =
          CniTest.configuration("1.0.0", "\"ipam\":" + ipam + ",\"prevResult\":" + result + ",");
      cni.call("weave-net", "CHECK", attachment, cached).orFail();
      // Its own plugin does not know these two commands, which is no fault.
      String newest = CniTest.configuration("1.1.0", "\"ipam\":" + ipam + ",");
      cni.call("weave-net", "STATUS", Map.of(), newest).orFail();
      cni.delete(type, pod, "eth0", cached).orFail();
      cni.delete(type, pod, "eth0", cached).orFail();
      assertFalse(pod.ip("link").contains("eth0"));
    }
    assertEquals(List.of(), leases(data.resolve("weave")), "host-local's leases");
  }

  @Test
  void gcFreesWhatADelegatedPluginHasGiven() throws Exception {
    Path data = Files.createDirectories(folder.resolve("collected"));
    String network =
        "{\"cniVersion\":\"%s\",\"name\":\"collected\",\"type\":\"weave-net\",\"ipam\":"
            + "{\"type\":\"host-local\",\"subnet\":\"10.52.0.0/24\",\"dataDir\":\""
            + data
            + "\"}%s}";
    Namespace pod = underlay.namespace("collected");
    cni.add("collected", pod, "eth0", network.formatted("1.0.0", "")).orFail();
    assertEquals(1, leases(data.resolve("collected")).size());
    cni.call(
            "weave-net",
            "GC",
            Map.of(),
            network.formatted("1.1.0", ",\"cni.dev/valid-attachments\":[]"))
        .orFail();
    assertFalse(pod.ip("link").contains("eth0"));
    assertEquals(List.of(), leases(data.resolve("collected")), "host-local's leases");
  }

  private static List<String> leases(Path network) throws Exception {
    try (Stream<Path> files = Files.list(network)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("10."))
          .toList();
    }
  }

  @Test
  void c11TheBridgePluginGetsItsAddressesFromWeaveIpam() throws Exception {
    String configuration =
        """
        {"cniVersion": "1.0.0", "name": "foreign", "type": "bridge", "bridge": "other0",
         "ipam": {"type": "weave-ipam", "subnet": "10.43.0.0/24", "gateway": "10.43.0.254",
                  "routes": [{"dst": "0.0.0.0/0"}]}%s}
        """;
    Namespace pod = underlay.namespace("bridged");
    Map<String, String> attachment = cni.attachment("bridged", pod, "eth0");
    JsonNode result = cni.call("bridge", "ADD", attachment, configuration.formatted("")).orFail();
    assertTrue(addressOf(result).startsWith("10.43.0."), result.toString());
    assertTrue(pod.ip("route").contains("default via 10.43.0.254"));
    assertEquals(
        result.at("/ips/0/address").asText(), host.control().get("/ip/bridged").orFail().strip());
    String cached = configuration.formatted(", \"prevResult\": " + result);
    cni.call("bridge", "CHECK", attachment, cached).orFail();
    cni.call("bridge", "DEL", attachment, cached).orFail();
    assertEquals("", host.control().get("/ip/bridged").orFail());
    cni.call("bridge", "DEL", attachment, cached).orFail();
  }

  private static String addressOf(JsonNode result) {
    return result.at("/ips/0/address").asText().replaceFirst("/.*", "");
  }

  /** Rules of iptables that name an address of a container. */
  private String rules() throws Exception {
    return host.namespace()
        .run("iptables-save")
        .out()
        .lines()
        .filter(line -> line.startsWith("-A"))
        .filter(line -> line.contains("10.3") || line.contains("10.4"))
        .toList()
        .toString();
  }

  private String links() throws Exception {
    return host.namespace()
        .ip("-o", "link")
        .lines()
        .map(line -> line.split(": ", 3)[1])
        .sorted()
        .toList()
        .toString();
  }
}
