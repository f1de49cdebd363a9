package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CNI plugins while there is no router, or one without addresses: rows C14 and C18. */
final class RouterDownTest {
  private static final String PLAIN = CniTest.configuration("1.1.0", "");

  @TempDir Path folder;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  /** A way for a router to end. */
  private interface End {
    void of(Host host) throws Exception;
  }

  /** A router that was stopped has taken its socket away; one that was killed has left it. */
  private static final List<End> ENDS = List.of(host -> host.weave("stop"), Host::crash);

  @Test
  void c14WithoutARouterAddAndDelSayConnectionRefusedAndLaterTheySucceed() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      CniCaller cni = new CniCaller(host, folder);
      Namespace old = underlay.namespace("old");
      Namespace pod = underlay.namespace("pod");
      for (End end : ENDS) {
        JsonNode result = cni.add("old", old, "eth0", PLAIN).orFail();
        end.of(host);
        for (String command : List.of("ADD", "DEL", "CHECK", "GC")) {
          JsonNode error =
              cni.call("weave-net", command, cni.attachment("pod", pod, "eth0"), PLAIN).error();
          assertEquals(11, error.get("code").asInt(), error.toString());
          assertTrue(error.get("msg").asText().contains("connection refused"), error.toString());
          assertFalse(error.get("details").asText().isBlank(), "what to do: " + error);
        }
        JsonNode ipam =
            cni.call("weave-ipam", "ADD", cni.attachment("pod", pod, "eth0"), PLAIN).error();
        assertEquals(11, ipam.get("code").asInt(), ipam.toString());
        assertFalse(pod.ip("link").contains("eth0"));
        assertTrue(old.ip("link").contains("eth0"), "what is attached stays so");

        host.launch();
        String cached = CniTest.configuration("1.1.0", "\"prevResult\":" + result + ",");
        cni.call("weave-net", "CHECK", cni.attachment("old", old, "eth0"), cached).orFail();
        cni.delete("old", old, "eth0", cached).orFail();
        cni.add("pod", pod, "eth0", PLAIN).orFail();
        cni.delete("pod", pod, "eth0", PLAIN).orFail();
      }
    }
  }

  @Test
  void c18StatusSucceedsWhileAddressesCanBeHadAndOnlyThen() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      CniCaller cni = new CniCaller(host, folder);
      List<String> plugins = List.of("weave-net", "weave-ipam");
      for (End end : ENDS) {
        host.launch();
        for (String plugin : plugins) {
          cni.call(plugin, "STATUS", Map.of(), PLAIN).orFail();
        }
        end.of(host);
        for (String plugin : plugins) {
          assertEquals(
              51, cni.call(plugin, "STATUS", Map.of(), PLAIN).error().get("code").asInt(), plugin);
        }
      }
    }
  }

  /** Weave Net's ADD waits for ever; ours ends long before the runtime gives up (30 s). */
  @Test
  void anAddThatGetsNoAddressSaysTryAgainAndLeavesNothing() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--ipalloc-init", "consensus=3");
      CniCaller cni = new CniCaller(host, folder);
      Namespace pod = underlay.namespace("pod");
      String links = host.namespace().ip("-o", "link");
      JsonNode error = cni.add("pod", pod, "eth0", PLAIN).error();
      assertEquals(11, error.get("code").asInt(), error.toString());
      assertTrue(error.get("msg").asText().contains("unable to allocate"), error.toString());
      assertTrue(error.get("details").asText().contains("consensus"), error.toString());
      assertFalse(pod.ip("link").contains("eth0"));
      assertEquals(links, host.namespace().ip("-o", "link"));
      cni.delete("pod", pod, "eth0", PLAIN).orFail();
    }
  }

  @Test
  void c18StatusSaysUnavailableWithoutARingABridgeOrAFreeAddress() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      CniCaller cni = new CniCaller(host, folder);
      host.launch("--ipalloc-init", "consensus=3");
      JsonNode error = cni.call("weave-net", "STATUS", Map.of(), PLAIN).error();
      assertEquals(50, error.get("code").asInt(), error.toString());
      assertTrue(error.get("msg").asText().contains("no address can be had"), error.toString());
      host.weave("stop");
      host.loseState();

      host.launch();
      cni.call("weave-net", "STATUS", Map.of(), PLAIN).orFail();
      String elsewhere = CniTest.configuration("1.1.0", "\"bridge\":\"nosuch\",");
      error = cni.call("weave-net", "STATUS", Map.of(), elsewhere).error();
      assertEquals(50, error.get("code").asInt(), error.toString());
      assertTrue(error.get("msg").asText().contains("bridge nosuch"), error.toString());
      host.weave("stop");
      host.loseState();

      // Of a /30 two can be had: the bridge's and one more.
      host.launch("--ipalloc-range", "10.9.0.0/30");
      cni.call("weave-net", "STATUS", Map.of(), PLAIN).orFail();
      cni.add("only", underlay.namespace("only"), "eth0", PLAIN).orFail();
      error = cni.call("weave-net", "STATUS", Map.of(), PLAIN).error();
      assertEquals(50, error.get("code").asInt(), error.toString());
    }
  }
}
