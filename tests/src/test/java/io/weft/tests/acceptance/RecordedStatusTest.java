package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Our routers in the place of recorded Weave Net routers say what those said of themselves, letter
 * by letter (rows S1 and S2 of the feature table, script 700). Only DNS is missing, lines about the
 * data path and reasons of connections are added, and numbers that are drawn are not compared.
 */
final class RecordedStatusTest {
  private static final Path RECORDINGS = Path.of("src/test/resources/recordings");
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Both networks have addresses of the same length, so that columns stay where they are. */
  private static final String OUR_NETWORK = "192.0.2.";

  private static final String THEIR_NETWORK = "10.99.0.";

  private static final Pattern EPHEMERAL_PORT = Pattern.compile(":\\d{5}");
  private static final Pattern TIME = Pattern.compile("retry: 20\\S+ \\S+ \\S+ UTC( m=\\S+)?");
  private static final Pattern VERSION = Pattern.compile("^ *Version: \\S+");
  private static final Pattern OURS_ALONE =
      Pattern.compile("(?m)^ +(Capture|Workers|Datapath): .*\n");
  private static final Pattern REASON = Pattern.compile(" reason=\\S+");
  private static final Pattern DNS = Pattern.compile("(?s)\n\n *Service: dns.*");

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @ParameterizedTest
  @CsvSource({
    "plain-2node, '', ''",
    "encrypted-2node, secret, ''",
    "trusted-subnet-2node, secret, --trusted-subnets=192.0.2.0/24"
  })
  void s1TwoRoutersSayWhatRecordedOnesSaid(String recording, String password, String flag)
      throws Exception {
    boolean fills = !recording.startsWith("trusted");
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = List.of(underlay.host("a"), underlay.host("b"));
      List<String> flags =
          new ArrayList<>(List.of("--ipalloc-range=10.32.0.0/28", "--ipalloc-init=consensus=2"));
      if (!flag.isEmpty()) {
        flags.add(flag);
      }
      Map<String, String> environment =
          password.isEmpty() ? Map.of() : Map.of("WEAVE_PASSWORD", password);
      launch(hosts, environment, flags);
      hosts.getFirst().awaitConnections("established", 1);
      hosts.getFirst().control().post("/ip/c1").orFail();
      hosts.getLast().control().post("/ip/c2").orFail();
      for (int i = 0; fills && i < 9; i++) {
        hosts.getFirst().control().post("/ip/fill" + i).orFail();
      }
      compare(hosts, recording, List.of("", "/targets", "/connections", "/peers", "/ipam", "/dns"));
    }
  }

  @ParameterizedTest
  @CsvSource({"discovery-3node, ''", "chain-3node-relay, --no-discovery"})
  void s1ThreeRoutersSayWhatRecordedOnesSaid(String recording, String flag) throws Exception {
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = List.of(underlay.host("a"), underlay.host("b"), underlay.host("c"));
      List<String> flags =
          new ArrayList<>(List.of("--ipalloc-range=10.32.0.0/24", "--ipalloc-init=consensus=3"));
      if (!flag.isEmpty()) {
        flags.add(flag);
      }
      boolean isChain = !flag.isEmpty();
      for (int i = 0; i < hosts.size(); i++) {
        Host target = hosts.get(isChain ? Math.max(0, i - 1) : 0);
        launch(hosts, i, i == 0 ? List.of() : List.of(target.address()), Map.of(), flags);
        if (i == 1) {
          // The recorded ones connected in this order, too, so that the same side dials.
          hosts.getFirst().awaitConnections("established", 1);
        }
      }
      hosts.get(1).awaitConnections("established", 2);
      hosts.getFirst().control().post("/ip/c1").orFail();
      compare(hosts, recording, List.of("", "/targets", "/connections", "/peers"));
    }
  }

  @Test
  void s1ARouterThatIsRefusedSaysWhatARecordedOneSaid() throws Exception {
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = List.of(underlay.host("a"), underlay.host("b"));
      List<String> flags = List.of("--ipalloc-range=10.32.0.0/24", "--ipalloc-init=consensus=2");
      launch(hosts, 0, List.of(), Map.of("WEAVE_PASSWORD", "secret"), flags);
      launch(hosts, 1, List.of(hosts.getFirst().address()), Map.of(), flags);
      compare(
          hosts,
          "handshake-password-vs-none",
          List.of("", "/targets", "/connections", "/peers", "/ipam", "/dns"));
    }
  }

  @ParameterizedTest
  @CsvSource({"plain-2node, ''", "encrypted-2node, secret"})
  void s2TheReportHasTheKeysOfTheRecordedOne(String recording, String password) throws Exception {
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = List.of(underlay.host("a"), underlay.host("b"));
      Map<String, String> environment =
          password.isEmpty() ? Map.of() : Map.of("WEAVE_PASSWORD", password);
      launch(hosts, environment, List.of("--ipalloc-init=consensus=2"));
      hosts.getFirst().awaitConnections("established", 1);
      Container one = hosts.getFirst().attach();
      one.reaches(hosts.getLast().attach());
      for (int i = 0; i < hosts.size(); i++) {
        Path file = RECORDINGS.resolve(recording + "-report-node" + (i + 1) + ".json");
        Set<String> expected = paths(new ObjectMapper().readTree(Files.readString(file)));
        Set<String> ours =
            paths(new ObjectMapper().readTree(hosts.get(i).control().get("/report").orFail()));
        assertFalse(expected.isEmpty());
        assertEquals(expected, ours, "node" + (i + 1));
      }
    }
  }

  private static void launch(List<Host> hosts, Map<String, String> environment, List<String> flags)
      throws IOException {
    launch(hosts, 0, List.of(), environment, flags);
    launch(hosts, 1, List.of(hosts.getFirst().address()), environment, flags);
  }

  private static void launch(
      List<Host> hosts,
      int index,
      List<String> peers,
      Map<String, String> environment,
      List<String> flags)
      throws IOException {
    List<String> arguments = new ArrayList<>(flags);
    arguments.addAll(
        List.of(
            "--no-fastdp",
            "--overlays=sleeve",
            "--name=7a:00:00:00:00:0" + (index + 1),
            "--nickname=node" + (index + 1)));
    arguments.addAll(peers);
    hosts.get(index).launch(environment, arguments.toArray(String[]::new));
  }

  private static void compare(List<Host> hosts, String recording, List<String> pages)
      throws Exception {
    for (int i = 0; i < hosts.size(); i++) {
      Host host = hosts.get(i);
      String said =
          Files.readString(RECORDINGS.resolve(recording + "-status-node" + (i + 1) + ".txt"));
      for (String page : pages) {
        String recorded = said.replaceFirst("(?s).*== GET /status" + page + "\n", "");
        // There are no names without DNS.
        List<String> expected =
            page.equals("/dns") ? List.of() : comparable(recorded.replaceFirst("(?s)\n== .*", ""));
        Await.until(
            "node%d of %s says of /status%s: %s".formatted(i + 1, recording, page, expected),
            LIMIT,
            () -> comparable(host.control().get("/status" + page).body()),
            expected::equals);
      }
    }
  }

  /** What is to be equal, in an order that does not depend on maps. */
  private static List<String> comparable(String text) {
    String masked = text.replace(OUR_NETWORK, THEIR_NETWORK);
    masked = VERSION.matcher(masked).replaceFirst("Version: V");
    masked = OURS_ALONE.matcher(masked).replaceAll("");
    masked = REASON.matcher(masked).replaceAll("");
    masked = DNS.matcher(masked).replaceFirst("");
    masked = EPHEMERAL_PORT.matcher(masked).replaceAll(":PPPPP");
    masked = TIME.matcher(masked).replaceAll("retry: TIME");
    return masked.strip().lines().sorted().toList();
  }

  /** Every key of a report but those of DNS and those that docs/http-api.md lists as ours. */
  private static Set<String> paths(JsonNode report) {
    Set<String> paths = new TreeSet<>();
    collect(report, "", paths);
    return paths.stream()
        .filter(path ->
            List.of(
                    ".DNS",
                    ".IPAM.Health",
                    ".Router.Connections.Attrs.reason",
                    ".Router.OverlayDiagnostics")
                .stream()
                .noneMatch(path::startsWith))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void collect(JsonNode node, String path, Set<String> paths) {
    if (node.isObject()) {
      node.properties()
          .forEach(field -> collect(field.getValue(), path + "." + field.getKey(), paths));
    } else if (node.isArray()) {
      node.forEach(element -> collect(element, path, paths));
    }
    if (!path.isEmpty() && !node.isObject()) {
      paths.add(path);
    }
  }
}
