package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The CNI plugins by their real program against one router: rows C1 to C21 of the feature table but
 * C5 and C6 ({@link CniRoutesTest}), C10 ({@link ForeignIpamTest}), C11 ({@link
 * ChainedPluginsTest}), C14 and C18 ({@link RouterDownTest}), C15 ({@link CniLifecycleTest}).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CniTest {
  private static final String PLAIN = configuration("1.0.0", "");

  private Underlay underlay;
  private Host host;
  private CniCaller cni;
  private int containers;

  @BeforeAll
  void launch(@TempDir Path folder) throws Exception {
    Prerequisites.check(List.of("nft"));
    underlay = new Underlay();
    host = underlay.host("a");
    host.launch();
    cni = new CniCaller(host, folder);
  }

  @AfterAll
  void remove() throws Exception {
    if (underlay != null) {
      underlay.close();
    }
  }

  /** A configuration of weave-net with further keys, each followed by a comma. */
  static String configuration(String version, String more) {
    return "{\"cniVersion\":\"%s\",\"name\":\"weave\",%s\"type\":\"weave-net\"}"
        .formatted(version, more);
  }

  /** A new container and its id. */
  private record Pod(String id, Namespace namespace) {}

  private Pod pod() throws Exception {
    containers++;
    return new Pod("pod" + containers, underlay.namespace("p" + containers));
  }

  @Test
  void c2AddGivesTheContainerAnAddressADefaultRouteAndAResult() throws Exception {
    Pod pod = pod();
    JsonNode result = cni.add(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    String address = result.at("/ips/0/address").asText();
    String gateway = result.at("/ips/0/gateway").asText();
    assertTrue(pod.namespace.ip("-4", "addr", "show", "eth0").contains("inet " + address));
    assertTrue(pod.namespace.ip("route").contains("default via " + gateway));
    assertEquals(0, pod.namespace.run("ping", "-n", "-c", "1", "-W", "5", gateway).exit());
    cni.delete(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    assertEquals("", host.control().get("/ip/" + pod.id).orFail());
  }

  @Test
  void c3TheBridgeGetsAnAddressOfItsOwnAtTheFirstAdd() throws Exception {
    Pod pod = pod();
    JsonNode result = cni.add(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    List<String> addresses =
        host.namespace().ip("-4", "-o", "addr", "show", "weave").lines().toList();
    assertEquals(1, addresses.size(), addresses.toString());
    assertTrue(addresses.getFirst().contains(result.at("/ips/0/gateway").asText() + "/"));
    assertNotEquals(
        result.at("/ips/0/gateway").asText(),
        result.at("/ips/0/address").asText().replaceFirst("/.*", ""));
  }

  @Test
  void c1VersionIsAnsweredWithoutARouterAndNamesAllVersions() throws Exception {
    JsonNode answer =
        cni.call(
                "weave-net",
                "VERSION",
                Map.of("WEAVE_CNI_SOCKET", "/nonexistent"),
                "{\"cniVersion\":\"0.4.0\"}")
            .orFail();
    assertEquals("0.4.0", answer.get("cniVersion").asText());
    assertEquals(
        "[\"0.1.0\",\"0.2.0\",\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]",
        answer.get("supportedVersions").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"})
  void c4AResultHasTheShapeOfItsVersion(String version) throws Exception {
    Pod pod = pod();
    String plain = configuration(version, "\"dns\":{\"nameservers\":[\"192.0.2.53\"]},");
    JsonNode result = cni.add(pod.id, pod.namespace, "eth0", plain).orFail();
    assertEquals(version, result.get("cniVersion").asText());
    assertEquals("192.0.2.53", result.at("/dns/nameservers/0").asText());
    boolean isOld = version.startsWith("0.1") || version.startsWith("0.2");
    String address = result.at(isOld ? "/ip4/ip" : "/ips/0/address").asText();
    assertTrue(pod.namespace.ip("-4", "addr", "show", "eth0").contains("inet " + address), address);
    assertEquals("0.0.0.0/0", result.at(isOld ? "/ip4/routes/0/dst" : "/routes/0/dst").asText());
    assertEquals(!isOld, result.has("interfaces"));
    assertEquals(
        version.startsWith("0.3") || version.startsWith("0.4"), result.at("/ips/0").has("version"));
    assertEquals(version.equals("1.1.0"), result.at("/interfaces/2").has("mtu"));
  }

  @Test
  void c7HairpinIsOnUnlessSwitchedOff() throws Exception {
    for (boolean wanted : new boolean[] {true, false}) {
      Pod pod = pod();
      String configured = wanted ? PLAIN : configuration("1.0.0", "\"hairpinMode\":false,");
      String port =
          cni.add(pod.id, pod.namespace, "eth0", configured)
              .orFail()
              .at("/interfaces/1/name")
              .asText();
      assertTrue(port.startsWith("vethwepl"), port);
      String details = host.namespace().ip("-d", "link", "show", port);
      assertTrue(details.contains(wanted ? "hairpin on" : "hairpin off"), details);
    }
  }

  @Test
  void c8MtuAndBridgeAreAsConfigured() throws Exception {
    Pod pod = pod();
    host.namespace().ip("link", "add", "other0", "up", "type", "bridge");
    host.namespace().ip("addr", "add", "198.18.7.1/24", "dev", "other0");
    String configured = configuration("1.0.0", "\"mtu\":1400,\"bridge\":\"other0\",");
    cni.add(pod.id, pod.namespace, "eth0", configured).orFail();
    assertTrue(host.namespace().ip("link", "show", "master", "other0").contains("vethwepl"));
    assertTrue(pod.namespace.ip("link", "show", "eth0").contains("mtu 1400"));
    Pod other = pod();
    JsonNode error =
        cni.add(other.id, other.namespace, "eth0", configuration("1.0.0", "\"bridge\":\"nosuch\","))
            .error();
    assertTrue(error.get("msg").asText().contains("bridge nosuch not present"), error.toString());
  }

  @Test
  void c9IsGatewayAndIpMasqAreRefused() throws Exception {
    Pod pod = pod();
    for (String key : List.of("isGateway", "ipMasq")) {
      String configured = configuration("1.0.0", "\"" + key + "\":true,");
      JsonNode error = cni.add(pod.id, pod.namespace, "eth0", configured).error();
      assertEquals(2, error.get("code").asInt());
      assertTrue(error.get("msg").asText().contains(key + ": true is not supported"));
    }
  }

  @Test
  void c13AnAddressIsGivenAgainOnlyAfterDel() throws Exception {
    Pod pod = pod();
    String subnet = configuration("1.0.0", "\"ipam\":{\"subnet\":\"10.41.0.0/30\"},");
    String first =
        cni.add(pod.id, pod.namespace, "eth0", subnet).orFail().at("/ips/0/address").asText();
    Pod second = pod();
    String other =
        cni.add(second.id, second.namespace, "eth0", subnet).orFail().at("/ips/0/address").asText();
    assertNotEquals(first, other);
    cni.delete(pod.id, pod.namespace, "eth0", subnet).orFail();
    Pod third = pod();
    assertEquals(
        first,
        cni.add(third.id, third.namespace, "eth0", subnet).orFail().at("/ips/0/address").asText());
  }

  @Test
  void c17CheckPassesAfterAddAndFailsWhenTheAddressIsGone() throws Exception {
    Pod pod = pod();
    JsonNode result = cni.add(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    String check = configuration("1.0.0", "\"prevResult\":" + result + ",");
    Map<String, String> attachment = cni.attachment(pod.id, pod.namespace, "eth0");
    cni.call("weave-net", "CHECK", attachment, check).orFail();
    pod.namespace.ip("addr", "flush", "dev", "eth0");
    JsonNode error = cni.call("weave-net", "CHECK", attachment, check).error();
    assertTrue(error.get("msg").asText().contains("is missing"), error.toString());
  }

  @Test
  void c19GcFreesWhatIsNotValidAndNothingElse() throws Exception {
    Pod kept = pod();
    Pod leaked = pod();
    Pod foreign = pod();
    String network = "{\"cniVersion\":\"1.1.0\",\"name\":\"%s\",\"type\":\"weave-net\"%s}";
    for (Pod pod : List.of(kept, leaked)) {
      cni.add(pod.id, pod.namespace, "eth0", network.formatted("gc", "")).orFail();
    }
    cni.add(foreign.id, foreign.namespace, "eth0", network.formatted("other", "")).orFail();
    String valid =
        ",\"cni.dev/valid-attachments\":[{\"containerID\":\"%s\",\"ifname\":\"eth0\"}]"
            .formatted(kept.id);
    cni.call("weave-net", "GC", Map.of(), network.formatted("gc", valid)).orFail();
    assertNotEquals("", host.control().get("/ip/" + kept.id).orFail());
    assertNotEquals("", host.control().get("/ip/" + foreign.id).orFail());
    assertEquals("", host.control().get("/ip/" + leaked.id).orFail());
    assertFalse(leaked.namespace.ip("link").contains("eth0"));
    assertTrue(kept.namespace.ip("link").contains("eth0"));
    assertNotEquals("", host.control().get("/ip/weave:expose").orFail());
  }

  @Test
  void c20AResultListsBridgePortAndContainerInterface() throws Exception {
    Pod pod = pod();
    JsonNode result = cni.add(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    assertEquals(3, result.get("interfaces").size());
    assertEquals("weave", result.at("/interfaces/0/name").asText());
    assertEquals("eth0", result.at("/interfaces/2/name").asText());
    assertEquals(pod.namespace.path().toString(), result.at("/interfaces/2/sandbox").asText());
    assertEquals(2, result.at("/ips/0/interface").asInt());
    String mac = result.at("/interfaces/2/mac").asText();
    assertTrue(pod.namespace.ip("link", "show", "eth0").contains(mac));
  }

  @Test
  void c21TwoInterfacesOfOneContainerHaveTwoAddresses() throws Exception {
    Pod pod = pod();
    String routeless = configuration("1.0.0", "\"ipam\":{\"routes\":[]},");
    String first =
        cni.add(pod.id, pod.namespace, "eth0", PLAIN).orFail().at("/ips/0/address").asText();
    String second =
        cni.add(pod.id, pod.namespace, "net1", routeless).orFail().at("/ips/0/address").asText();
    assertNotEquals(first, second);
    cni.delete(pod.id, pod.namespace, "net1", routeless).orFail();
    assertTrue(pod.namespace.ip("-4", "addr", "show", "eth0").contains(first));
    assertFalse(pod.namespace.ip("link").contains("net1"));
    assertEquals(first, host.control().get("/ip/" + pod.id).orFail());
  }

  @Test
  void anInterfaceThatIsThereAlreadyIsRefusedAndKept() throws Exception {
    Pod pod = pod();
    String address =
        cni.add(pod.id, pod.namespace, "eth0", PLAIN).orFail().at("/ips/0/address").asText();
    JsonNode error = cni.add(pod.id, pod.namespace, "eth0", PLAIN).error();
    assertEquals(100, error.get("code").asInt());
    assertTrue(pod.namespace.ip("-4", "addr", "show", "eth0").contains(address));
    assertEquals(address, host.control().get("/ip/" + pod.id).orFail());
    Pod other = pod();
    other.namespace.ip("link", "add", "eth0", "type", "veth", "peer", "name", "far");
    assertEquals(
        100, cni.add(other.id, other.namespace, "eth0", PLAIN).error().get("code").asInt());
    assertEquals("", host.control().get("/ip/" + other.id).orFail(), "the address is given back");
    assertTrue(other.namespace.ip("link").contains("eth0"), "the foreign interface stays");
  }

  @Test
  void aContainerGetsTheAddressAndTheMacThatItsRuntimeAsksFor() throws Exception {
    Pod pod = pod();
    String configured =
        configuration(
            "1.0.0",
            "\"capabilities\":{\"ips\":true,\"mac\":true},\"runtimeConfig\":{\"ips\":"
                + "[\"10.42.0.77/12\"],\"mac\":\"02:11:22:33:44:55\"},");
    JsonNode result = cni.add(pod.id, pod.namespace, "eth0", configured).orFail();
    assertEquals("10.42.0.77/12", result.at("/ips/0/address").asText());
    assertEquals("02:11:22:33:44:55", result.at("/interfaces/2/mac").asText());
    assertTrue(pod.namespace.ip("link", "show", "eth0").contains("02:11:22:33:44:55"));
    Pod other = pod();
    JsonNode error = cni.add(other.id, other.namespace, "eth0", configured).error();
    assertEquals(101, error.get("code").asInt(), error.toString());
  }

  @Test
  void theResultOfAPluginBeforeUsIsKept() throws Exception {
    Pod pod = pod();
    String before =
        "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"first0\",\"sandbox\":\"/x\"}],"
            + "\"ips\":[{\"address\":\"192.0.2.7/24\",\"interface\":0,\"odd\":true}],"
            + "\"dns\":{\"domain\":\"example\"}}";
    JsonNode result =
        cni.add(
                pod.id,
                pod.namespace,
                "eth0",
                configuration("1.0.0", "\"prevResult\":" + before + ","))
            .orFail();
    assertEquals("first0", result.at("/interfaces/0/name").asText());
    assertEquals("192.0.2.7/24", result.at("/ips/0/address").asText());
    assertTrue(result.at("/ips/0/odd").asBoolean());
    assertEquals(3, result.at("/ips/1/interface").asInt());
    assertEquals("example", result.at("/dns/domain").asText());
  }

  @Test
  void aContainerInTheHostsNamespaceIsRefused() throws Exception {
    JsonNode error = cni.add("hostly", host.namespace(), "eth7", PLAIN).error();
    assertTrue(error.get("msg").asText().contains("host network namespace"), error.toString());
    assertEquals("", host.control().get("/ip/hostly@eth7").orFail());
  }

  @Test
  void routerAdvertisementsAreNotAcceptedInContainers() throws Exception {
    Pod pod = pod();
    cni.add(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    Command.Output read = pod.namespace.run("cat", "/proc/sys/net/ipv6/conf/eth0/accept_ra");
    Assumptions.assumeTrue(read.exit() == 0, "this kernel has no IPv6");
    assertEquals("0", read.out().strip());
  }

  @Test
  void arpEntriesAreShortLivedInContainersAndOnTheBridge() throws Exception {
    Pod pod = pod();
    cni.add(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    for (String key :
        List.of("base_reachable_time 5", "delay_first_probe_time 2", "ucast_solicit 1")) {
      String name = key.replaceFirst(" .*", "");
      String value = key.replaceFirst(".* ", "");
      String inPod = "/proc/sys/net/ipv4/neigh/eth0/" + name;
      String onBridge = "/proc/sys/net/ipv4/neigh/weave/" + name;
      assertEquals(value, pod.namespace.run("cat", inPod).orFail().out().strip(), inPod);
      assertEquals(value, host.namespace().run("cat", onBridge).orFail().out().strip(), onBridge);
    }
  }

  @Test
  void containersWhoseIdsBeginAlikeDoNotTakeEachOthersCable() throws Exception {
    Pod pod = pod();
    Pod other = pod();
    String first = "abcdef0" + "1".repeat(57);
    String second = "abcdef0" + "2".repeat(57);
    cni.add(first, pod.namespace, "eth0", PLAIN).orFail();
    JsonNode error = cni.add(second, other.namespace, "eth0", PLAIN).error();
    assertEquals(100, error.get("code").asInt(), error.toString());
    cni.delete(second, other.namespace, "eth0", PLAIN).orFail();
    assertTrue(pod.namespace.ip("link").contains("eth0"), "it was not the second one's");
    cni.delete(first, pod.namespace, "eth0", PLAIN).orFail();
    cni.add(second, other.namespace, "eth0", PLAIN).orFail();
  }

  @Test
  void anErrorIsOfTheVersionOfTheConfiguration() throws Exception {
    Pod pod = pod();
    String delegated = "\"ipam\":{\"type\":\"nosuch\"},";
    for (String version : List.of("0.3.1", "0.4.0")) {
      String configuration = configuration(version, delegated);
      for (CniCaller.Answer answer :
          List.of(
              cni.add(pod.id, pod.namespace, "eth0", configuration),
              cni.delete(pod.id, pod.namespace, "eth0", configuration),
              cni.call("weave-net", "ADD", Map.of(), configuration))) {
        assertEquals(version, answer.error().get("cniVersion").asText());
      }
    }
  }

  @Test
  void aNamespaceMayBeNamedByAnyPathThatLeadsToIt() throws Exception {
    Pod pod = pod();
    Process inside =
        Command.prepare(pod.namespace.inside(List.of("sleep", "60")), Map.of()).start();
    try {
      String path = "/proc/%d/ns/net".formatted(inside.pid());
      Await.until(
          "the process is inside",
          Duration.ofSeconds(20),
          () -> Files.isSameFile(Path.of(path), pod.namespace.path()),
          is -> is);
      Map<String, String> attachment =
          Map.of("CNI_CONTAINERID", pod.id, "CNI_NETNS", path, "CNI_IFNAME", "eth0");
      JsonNode result = cni.call("weave-net", "ADD", attachment, PLAIN).orFail();
      assertEquals(path, result.at("/interfaces/2/sandbox").asText());
      String address = result.at("/ips/0/address").asText();
      assertTrue(pod.namespace.ip("-4", "addr", "show", "eth0").contains("inet " + address));
      cni.call("weave-net", "DEL", attachment, PLAIN).orFail();
      assertFalse(pod.namespace.ip("link").contains("eth0"));
    } finally {
      inside.destroyForcibly();
    }
  }

  @Test
  void c12DelSucceedsTwiceAndWithoutANamespace() throws Exception {
    Pod pod = pod();
    cni.add(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    cni.delete(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    cni.delete(pod.id, pod.namespace, "eth0", PLAIN).orFail();
    Map<String, String> gone = Map.of("CNI_CONTAINERID", pod.id, "CNI_IFNAME", "eth0");
    cni.call("weave-net", "DEL", gone, PLAIN).orFail();
  }
}
