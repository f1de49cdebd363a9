package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where a container sends what is not for its subnet: the table of features.md 2.4, rows C5 and C6.
 * Each test begins with a bridge without addresses.
 */
final class CniRoutesTest {
  @TempDir Path folder;

  private Underlay underlay;
  private Host host;
  private CniCaller cni;
  private Namespace pod;

  @BeforeEach
  void launch() throws Exception {
    Prerequisites.check(List.of("nft"));
    underlay = new Underlay();
    host = underlay.host("a");
    host.launch();
    cni = new CniCaller(host, folder);
    pod = underlay.namespace("pod");
  }

  @AfterEach
  void remove() throws Exception {
    if (underlay != null) {
      underlay.close();
    }
  }

  /** The result of ADD with a section {@code ipam}. */
  private JsonNode add(String ipam) throws Exception {
    return cni.add("pod", pod, "eth0", CniTest.configuration("1.0.0", "\"ipam\":{" + ipam + "},"))
        .orFail();
  }

  private String bridge() throws Exception {
    return host.namespace().ip("-4", "-o", "addr", "show", "weave");
  }

  @Test
  void c5AnEmptyListOfRoutesMeansNoDefaultRoute() throws Exception {
    JsonNode result = add("\"routes\":[]");
    assertFalse(result.has("routes"), result.toString());
    assertTrue(bridge().contains("inet " + result.at("/ips/0/gateway").asText() + "/"), bridge());
    assertFalse(pod.ip("route").contains("default"));
  }

  @Test
  void c6RoutesGatewayAndSubnetAreAsConfigured() throws Exception {
    JsonNode result =
        add(
            "\"subnet\":\"10.40.7.0/24\",\"gateway\":\"10.40.7.9\",\"routes\":["
                + "{\"dst\":\"10.40.0.0/16\"},"
                + "{\"dst\":\"198.51.100.0/24\",\"gw\":\"10.40.8.8\"}]");
    assertTrue(result.at("/ips/0/address").asText().startsWith("10.40.7."));
    assertEquals("10.40.7.9", result.at("/ips/0/gateway").asText());
    String routes = pod.ip("route");
    assertTrue(routes.contains("10.40.0.0/16 via 10.40.7.9"), routes);
    assertTrue(routes.contains("10.40.8.8 dev eth0"), routes);
    assertTrue(routes.contains("198.51.100.0/24 via 10.40.8.8"), routes);
    assertFalse(routes.contains("default"), routes);
  }

  @Test
  void routesHaveTheFieldsOfVersion11AndOlderResultsDoNot() throws Exception {
    String routes =
        "\"ipam\":{\"gateway\":\"10.40.0.9\",\"routes\":["
            + "{\"dst\":\"0.0.0.0/0\",\"mtu\":1300,\"advmss\":1200,\"priority\":7},"
            + "{\"dst\":\"198.51.100.0/24\",\"table\":1000},"
            + "{\"dst\":\"192.0.2.0/24\",\"gw\":\"10.40.0.8\",\"scope\":200}]},";
    String newest = CniTest.configuration("1.1.0", routes);
    JsonNode result = cni.add("pod", pod, "eth0", newest).orFail();
    assertEquals(
        "{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.40.0.9\",\"mtu\":1300,\"advmss\":1200,\"priority\":7}",
        result.at("/routes/0").toString());
    assertEquals(1_000, result.at("/routes/1/table").asInt());
    assertEquals(200, result.at("/routes/2/scope").asInt());
    String main = pod.ip("route");
    assertTrue(main.contains("default via 10.40.0.9 dev eth0 proto static metric 7"), main);
    assertTrue(main.contains("mtu 1300 advmss 1200"), main);
    assertTrue(
        main.matches("(?s).*192.0.2.0/24 via 10.40.0.8 dev eth0 [a-z ]*scope (site|200).*"), main);
    String other = pod.ip("route", "show", "table", "1000");
    assertTrue(other.contains("198.51.100.0/24 via 10.40.0.9 dev eth0"), other);

    Map<String, String> attachment = cni.attachment("pod", pod, "eth0");
    String cached = CniTest.configuration("1.1.0", routes + "\"prevResult\":" + result + ",");
    cni.call("weave-net", "CHECK", attachment, cached).orFail();
    pod.ip("route", "flush", "table", "1000");
    JsonNode error = cni.call("weave-net", "CHECK", attachment, cached).error();
    assertTrue(error.get("msg").asText().contains("198.51.100.0/24"), error.toString());
    cni.delete("pod", pod, "eth0", newest).orFail();

    result = cni.add("pod", pod, "eth0", CniTest.configuration("1.0.0", routes)).orFail();
    assertEquals("{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.40.0.9\"}", result.at("/routes/0").toString());
    assertTrue(pod.ip("route").contains("mtu 1300"), "it is carried out all the same");
  }

  @Test
  void aGatewayAloneIsWhereTheDefaultRouteLeadsAndTheBridgeStaysHidden() throws Exception {
    JsonNode result = add("\"gateway\":\"10.40.0.9\"");
    assertEquals("10.40.0.9", result.at("/ips/0/gateway").asText());
    assertEquals("10.40.0.9", result.at("/routes/0/gw").asText());
    assertTrue(pod.ip("route").contains("default via 10.40.0.9 dev eth0"));
    assertEquals("", bridge());
  }

  @Test
  void routesWithoutAGatewayLeadToNeighboursAndTheBridgeStaysHidden() throws Exception {
    JsonNode result = add("\"routes\":[{\"dst\":\"198.51.100.0/24\"}]");
    assertFalse(result.at("/ips/0").has("gateway"), result.toString());
    String routes = pod.ip("route");
    assertTrue(routes.contains("198.51.100.0/24 dev eth0 proto static scope link"), routes);
    assertFalse(routes.contains("default"), routes);
    assertEquals("", bridge());
  }

  @Test
  void withNeitherTheBridgeIsExposedInTheContainersSubnet() throws Exception {
    JsonNode result = add("\"subnet\":\"10.40.7.0/24\"");
    String gateway = result.at("/ips/0/gateway").asText();
    assertTrue(gateway.startsWith("10.40.7."), gateway);
    assertTrue(bridge().contains("inet " + gateway + "/24"), bridge());
    assertTrue(pod.ip("route").contains("default via " + gateway));
  }

  @Test
  void aBridgeInAnotherSubnetIsReachedByARouteOfItsOwn() throws Exception {
    String exposed = host.weave("expose", "net:10.40.8.0/24").strip();
    JsonNode result = add("\"subnet\":\"10.40.7.0/24\"");
    assertEquals(exposed, result.at("/ips/0/gateway").asText());
    String routes = pod.ip("route");
    assertTrue(routes.contains(exposed + " dev eth0 proto static scope link"), routes);
    assertTrue(routes.contains("default via " + exposed), routes);
    assertEquals(1, bridge().lines().count(), bridge());
  }

  @Test
  void ofSeveralAddressesOfTheBridgeThatOfTheContainersSubnetCounts() throws Exception {
    host.weave("expose", "net:10.40.8.0/24");
    String near = host.weave("expose", "net:10.40.7.0/24").strip();
    assertEquals(near, add("\"subnet\":\"10.40.7.0/24\"").at("/ips/0/gateway").asText());
    assertTrue(pod.ip("route").contains("default via " + near));
  }
}
