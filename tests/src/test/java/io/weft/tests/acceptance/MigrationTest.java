package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A host that Weave Net has left goes on with Weft, as docs/migration.md says (row K19). */
final class MigrationTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);

  /** The name in the database, which is also the MAC of that router's bridge. */
  private static final String NAME = "7a:9f:eb:01:00:01";

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  private static byte[] database() throws IOException {
    try (InputStream in = MigrationTest.class.getResourceAsStream("/weave-net/small.db.gz")) {
      assertNotNull(in);
      return new GZIPInputStream(in).readAllBytes();
    }
  }

  @Test
  void inPlaceNameAddressesTargetsAndContainersAreKeptAndTheWayBackStaysOpen() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      Host other = underlay.host("b");
      other.launch("--ipalloc-range=");
      Namespace far = underlay.namespace("far");
      other.weave("attach", "ip:10.32.200.1/12", "netns:" + far.path());
      Namespace container = leaveAsWeaveNetDoes(underlay, host);
      Path file = Path.of(host.statePrefix() + "data.db");
      Files.write(file, database());

      host.weave(
              Map.of(),
              List.of(
                  "launch", "--no-setup-cni", "--db-prefix=" + host.statePrefix(), other.address()))
          .orFail();
      assertEquals(NAME, host.weave("report", "-f", "{{.Router.Name}}").strip());
      host.awaitConnections("established", 1);
      Await.until(
          "a container from before reaches another host",
          LIMIT,
          () -> container.run("ping", "-n", "-c", "1", "-W", "1", "10.32.200.1").exit(),
          exit -> exit == 0);
      Await.until(
          "its address is known, and that of the bridge",
          LIMIT,
          () -> host.control().get("/ip").orFail(),
          owned -> owned.contains("10.32.0.7/12") && owned.contains("10.32.0.1/12"));
      String shares = host.weave("status", "ipam");
      assertTrue(shares.contains(NAME + "("), shares);
      assertTrue(shares.contains("7a:9f:eb:01:00:02"), "the other owner: " + shares);
      assertTrue(host.weave("ps").contains(" 10.32.0.7/12"), host.weave("ps"));
      assertArrayEquals(
          database(), Files.readAllBytes(Path.of(file + ".weave-net")), "kept for the way back");

      host.weave("stop");
      assertTrue(container.ip("link").contains("ethwe"), "containers stay as they are");
      assertTrue(host.namespace().ip("link", "show", "weave").contains(NAME));
      host.weave(
              Map.of(),
              List.of("launch", "--no-setup-cni", "--resume", "--db-prefix=" + host.statePrefix()))
          .orFail();
      assertEquals(other.address(), host.weave("status", "targets").strip());
    }
  }

  /** Bridge, port and a container, as a router without fast datapath has them when it stops. */
  private static Namespace leaveAsWeaveNetDoes(Underlay underlay, Host host) throws Exception {
    Namespace namespace = host.namespace();
    Namespace container = underlay.namespace("old");
    namespace.ip("link", "add", "weave", "address", NAME, "type", "bridge");
    namespace.ip("link", "set", "weave", "up");
    String[][] pairs = {{"vethwe-bridge", "vethwe-pcap"}, {"vethwepl4711", "inside"}};
    for (String[] pair : pairs) {
      namespace.ip("link", "add", pair[0], "type", "veth", "peer", "name", pair[1]);
      namespace.ip("link", "set", pair[0], "master", "weave", "up");
    }
    namespace.ip("link", "set", "vethwe-pcap", "up");
    namespace.ip("link", "set", "inside", "netns", container.name(), "name", "ethwe");
    container.ip("addr", "add", "10.32.0.7/12", "dev", "ethwe");
    container.ip("link", "set", "ethwe", "up");
    return container;
  }
}
