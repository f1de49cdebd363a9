package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugins from their installation over a restart of the router to its reset. */
final class CniLifecycleTest {
  private static final List<String> HAIRPIN =
      List.of("", "\"hairpinMode\":true,", "\"hairpinMode\":false,");

  private static final String CONFLIST = "10-weave.conflist";

  @TempDir Path folder;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  @Test
  void script830ThePluginFromLaunchOverARelaunch() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      assertTrue(host.launch().strip().matches("[0-9]+"), "launch prints the id and nothing else");
      CniCaller cni = new CniCaller(host, folder);
      Namespace first = underlay.namespace("c1");
      Namespace second = underlay.namespace("c2");
      Namespace third = underlay.namespace("c3");
      String unversioned = "{\"name\":\"weave\",\"type\":\"weave-net\"}";
      String one = cni.add("c1", first, "eth0", unversioned).orFail().at("/ip4/ip").asText();
      String explicit =
          CniTest.configuration(
              "0.3.0",
              "\"ipam\":{\"type\":\"weave-ipam\",\"routes\":[{\"dst\":\"10.32.0.0/12\"}]},");
      JsonNode result = cni.add("c2", second, "eth0", explicit).orFail();
      String two = result.at("/ips/0/address").asText();
      assertEquals("4", result.at("/ips/0/version").asText());
      assertNotEquals(one, two);
      String bridge = host.namespace().ip("-4", "-o", "addr", "show", "weave");
      assertFalse(bridge.contains(one) || bridge.contains(two), bridge);
      assertTrue(first.ip("route").contains("default via"));
      assertFalse(second.ip("route").contains("default"));
      assertEquals(0, second.run("ping", "-n", "-c", "1", "-W", "5", bare(one)).exit());

      // The container is gone, but nobody has called DEL: its address is not given again.
      first.ip("link", "delete", "eth0");
      String three = cni.add("c3", third, "eth0", unversioned).orFail().at("/ip4/ip").asText();
      assertNotEquals(one, three);
      cni.delete("c1", first, "eth0", unversioned).orFail();
      assertEquals("", host.control().get("/ip/c1").orFail());

      host.weave("stop");
      host.launch();
      assertEquals(two, host.control().get("/ip/c2").orFail());
      assertEquals(three, host.control().get("/ip/c3").orFail());
      assertEquals(0, second.run("ping", "-n", "-c", "1", "-W", "5", bare(three)).exit());

      host.weave("reset");
      assertFalse(third.ip("link").contains("eth0"), "reset takes the cables");
      assertFalse(host.namespace().ip("link").contains("weave"), "and the bridge");
    }
  }

  @Test
  void script830HairpinIsTrueFalseOrDefault() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      CniCaller cni = new CniCaller(host, folder);
      for (String mode : HAIRPIN) {
        String id = "c" + HAIRPIN.indexOf(mode);
        Namespace pod = underlay.namespace(id);
        String configuration = CniTest.configuration("1.0.0", mode);
        JsonNode result = cni.add(id, pod, "eth0", configuration).orFail();
        String port = result.at("/interfaces/1/name").asText();
        String details = host.namespace().ip("-d", "link", "show", port);
        String expected = mode.contains("false") ? "hairpin off" : "hairpin on";
        assertTrue(details.contains(expected), details);
      }
    }
  }

  private static String bare(String prefix) {
    return prefix.replaceFirst("/.*", "");
  }

  @Test
  void c15SetupCniInstallsPluginsAndKeepsAnEditedConfiguration() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      Path root = folder.resolve("root");
      Path configurations = Files.createDirectories(root.resolve("etc/cni/net.d"));
      Path plugins = root.resolve("opt/cni/bin");
      Files.writeString(configurations.resolve("10-weave.conf"), "{}");
      Map<String, String> environment =
          Map.of("HOST_ROOT", root.toString(), "HAIRPIN_MODE", "false");
      host.weave(environment, List.of("setup-cni")).orFail();
      for (String plugin : List.of("weave-net", "weave-ipam")) {
        Path link = plugins.resolve(plugin);
        assertTrue(Files.readSymbolicLink(link).toString().startsWith("weave-plugin-"), plugin);
        Command.run(List.of(link.toString())).orFail();
      }
      assertFalse(Files.exists(configurations.resolve("10-weave.conf")), "the old one is gone");
      Path conflist = configurations.resolve(CONFLIST);
      JsonNode list = CniCaller.json(Files.readString(conflist));
      assertEquals("weave-net", list.at("/plugins/0/type").asText());
      assertFalse(list.at("/plugins/0/hairpinMode").asBoolean(true));
      assertEquals("portmap", list.at("/plugins/1/type").asText());
      assertTrue(list.at("/plugins/1/capabilities/portMappings").asBoolean());

      String edited = Files.readString(conflist).replace("\"weave\"", "\"edited\"");
      Files.writeString(conflist, edited);
      Files.delete(plugins.resolve("weave-net"));
      Files.writeString(plugins.resolve("weave-net"), "a file of an older release");
      host.weave(environment, List.of("setup-cni")).orFail();
      assertEquals(edited, Files.readString(conflist));
      assertTrue(Files.isSymbolicLink(plugins.resolve("weave-net")));
    }
  }

  @Test
  void launchSetsUpThePluginsUnlessToldNotTo() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      Path root = folder.resolve("root");
      Path conflist = Files.createDirectories(root.resolve("etc/cni/net.d")).resolve(CONFLIST);
      launch(host, root, "--no-setup-cni");
      assertFalse(Files.exists(conflist) || Files.exists(root.resolve("opt")), "told not to");
      host.weave("stop");

      Command.Output output = launch(host, root);
      assertTrue(output.out().strip().matches("[0-9]+"), "the id and nothing else: " + output);
      assertEquals("weave", CniCaller.json(Files.readString(conflist)).get("name").asText());
      CniCaller cni = new CniCaller(host, root.resolve("opt/cni/bin"));
      cni.add("c1", underlay.namespace("c1"), "eth0", CniTest.configuration("1.0.0", "")).orFail();
    }
  }

  @Test
  void launchGoesOnWhereThePluginsCannotBeWritten() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      Path taken = Files.createDirectories(folder.resolve("taken"));
      Files.writeString(taken.resolve("opt"), "a file where a folder should be");
      Command.Output output = launch(host, taken);
      assertTrue(output.out().strip().matches("[0-9]+"), output.toString());
      assertTrue(output.err().contains(taken + "/opt"), "it says what it cannot do: " + output);
      assertTrue(output.err().contains("--no-setup-cni"), "and how to be rid of that: " + output);
      assertEquals(200, host.control().get("/status").status());
      host.weave("stop");
      Command.Output refused =
          host.weave(
              Map.of("HAIRPIN_MODE", "maybe", "HOST_ROOT", taken.toString()), List.of("launch"));
      assertEquals(1, refused.exit(), refused.toString());
      assertTrue(refused.err().contains("HAIRPIN_MODE"), refused.toString());
    }
  }

  private static Command.Output launch(Host host, Path root, String... more) throws Exception {
    List<String> command = new ArrayList<>(List.of("launch", "--db-prefix", host.statePrefix()));
    command.addAll(List.of(more));
    return host.weave(Map.of("HOST_ROOT", root.toString()), command).orFail();
  }

  @Test
  void aRouterThatStartsFreesWhatVanishedContainersHadAndNothingElse() throws Exception {
    Namespace vanishing = Namespace.create("weft-%d-gone".formatted(ProcessHandle.current().pid()));
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      CniCaller cni = new CniCaller(host, folder);
      Namespace running = underlay.namespace("running");
      String plain = CniTest.configuration("1.0.0", "");
      cni.add("runs", running, "eth0", plain).orFail();
      JsonNode cut = cni.add("cut", underlay.namespace("cut"), "eth0", plain).orFail();
      JsonNode gone = cni.add("gone", vanishing, "eth0", plain).orFail();
      for (Namespace pod : List.of(running, vanishing)) {
        String id = pod.equals(running) ? "borrows" : "borrowed";
        cni.call("weave-ipam", "ADD", cni.attachment(id, pod, "eth0"), plain).orFail();
      }
      List<String> stay = List.of("runs", "borrows", "weave:expose");
      Map<String, String> before = addresses(host, stay);

      host.crash();
      host.namespace().ip("link", "delete", cut.at("/interfaces/1/name").asText());
      vanishing.delete();
      host.awaitWithoutLink(gone.at("/interfaces/1/name").asText());
      host.launch();
      for (String id : List.of("cut", "gone", "borrowed")) {
        assertEquals("", host.control().get("/ip/" + id).orFail(), id);
      }
      assertEquals(before, addresses(host, stay));

      // Without its records, too, a router knows whose address is in use.
      host.crash();
      Underlay.deleteTree(Path.of(host.statePrefix() + "cni"));
      host.launch();
      stay = List.of("runs", "weave:expose");
      before.keySet().retainAll(stay);
      assertEquals(before, addresses(host, stay));
    } finally {
      if (Files.exists(vanishing.path())) {
        vanishing.delete();
      }
    }
  }

  private static Map<String, String> addresses(Host host, List<String> ids) throws Exception {
    Map<String, String> addresses = new TreeMap<>();
    for (String id : ids) {
      addresses.put(id, host.control().get("/ip/" + id).orFail());
    }
    assertFalse(addresses.containsValue(""), addresses.toString());
    return addresses;
  }
}
