package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Addresses of other plugins for containers of {@code weave-net}: {@code host-local} and {@code
 * static}, each test with a host of its own (row C10 of the feature table).
 */
final class ForeignIpamTest {
  private static final int AT_ONCE = 8;

  @TempDir Path folder;

  private Underlay underlay;
  private Host host;
  private CniCaller cni;

  @BeforeEach
  void launch() throws Exception {
    Prerequisites.check(List.of("nft"), CniCaller.REFERENCE_PLUGINS);
    underlay = new Underlay();
    host = underlay.host("a");
    host.launch();
    cni = new CniCaller(host, folder.resolve("bin"));
  }

  @AfterEach
  void remove() throws Exception {
    if (underlay != null) {
      underlay.close();
    }
  }

  @Test
  void c10AddressesOfHostLocalAndStaticAreUsedCheckedAndGivenBack() throws Exception {
    String exposed = host.weave("expose").strip();
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
      // That of host-local is its own invention; that of static is configured.
      String gateway = result.at("/ips/0/gateway").asText();
      assertEquals(type.equals("static") ? "10.51.0.1" : exposed, gateway);
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
    host.weave("expose");
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

  /** A network of host-local in a folder of its own, with further keys of its section. */
  private String hostLocal(String name, Path data, String more) {
    return "{\"cniVersion\":\"1.0.0\",\"name\":\"%s\",\"type\":\"weave-net\",\"ipam\":{%s}}"
        .formatted(
            name,
            "\"type\":\"host-local\",\"subnet\":\"10.53.0.0/24\",\"dataDir\":\""
                + data
                + "\""
                + more);
  }

  @Test
  void theBridgeGetsItsAddressFromThePluginOfTheFirstContainers() throws Exception {
    Path data = folder.resolve("leases");
    String network = hostLocal("first", data, ",\"routes\":[{\"dst\":\"0.0.0.0/0\"}]");
    List<Namespace> pods = new ArrayList<>();
    List<Callable<CniCaller.Answer>> calls = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      String id = "first" + i;
      Namespace pod = underlay.namespace(id);
      pods.add(pod);
      calls.add(() -> cni.add(id, pod, "eth0", network));
    }
    Set<String> gateways = new HashSet<>();
    Set<String> addresses = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      for (Future<CniCaller.Answer> answer : threads.invokeAll(calls)) {
        JsonNode result = answer.get().orFail();
        gateways.add(result.at("/ips/0/gateway").asText());
        addresses.add(addressOf(result));
      }
    }
    assertEquals(AT_ONCE, addresses.size());
    assertEquals(1, gateways.size(), "one gateway for all: " + gateways);
    String gateway = gateways.iterator().next();
    assertFalse(addresses.contains(gateway));
    String bridge = host.namespace().ip("-4", "-o", "addr", "show", "weave");
    assertEquals(1, bridge.lines().count(), bridge);
    assertTrue(bridge.contains("inet " + gateway + "/24"), bridge);
    for (Namespace pod : pods) {
      assertTrue(pod.ip("route").contains("default via " + gateway));
      assertEquals(0, pod.run("ping", "-n", "-c", "1", "-W", "5", gateway).exit());
    }
    assertEquals(AT_ONCE + 1, leases(data.resolve("first")).size(), "one for the bridge");

    // Hidden, it gives the address of its lease back before it takes another one.
    host.weave("hide", gateway + "/24");
    assertEquals("", host.namespace().ip("-4", "-o", "addr", "show", "weave"));
    cni.add("again", underlay.namespace("again"), "eth0", network).orFail();
    assertEquals(AT_ONCE + 2, leases(data.resolve("first")).size(), "still one for the bridge");
  }

  @Test
  void aGatewayThatTheConfigurationNamesIsTaken() throws Exception {
    String network = hostLocal("named", folder.resolve("named"), ",\"gateway\":\"10.53.0.9\"");
    Namespace pod = underlay.namespace("named");
    JsonNode result = cni.add("named", pod, "eth0", network).orFail();
    assertEquals("10.53.0.9", result.at("/ips/0/gateway").asText());
    assertTrue(pod.ip("route").contains("default via 10.53.0.9"));
    assertEquals("", host.namespace().ip("-4", "-o", "addr", "show", "weave"), "not needed");
  }

  private static String addressOf(JsonNode result) {
    return result.at("/ips/0/address").asText().replaceFirst("/.*", "");
  }
}
