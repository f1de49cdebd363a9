package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Await;
import io.weft.tests.acceptance.Command;
import io.weft.tests.acceptance.Container;
import io.weft.tests.acceptance.Host;
import io.weft.tests.acceptance.Prerequisites;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Two containers on two routers of this build.
 *
 * @param overlay the only one that the routers offer
 * @param capture how frames come from the bridge: {@code pcap} or {@code auto}
 * @param fastdpBy what carries {@code fastdp}: {@code user} or {@code auto}
 */
record WeftPath(String overlay, String capture, boolean encrypted, String fastdpBy)
    implements DataPath {
  WeftPath(String overlay, String capture, boolean encrypted) {
    this(overlay, capture, encrypted, "auto");
  }

  /** Those through user space that are encrypted and capture as by default, by name. */
  static Map<String, WeftPath> encryptedInUserSpace() {
    Map<String, WeftPath> paths = new LinkedHashMap<>();
    DataPath.all()
        .forEach((name, path) -> {
          if (path instanceof WeftPath weft
              && weft.encrypted
              && weft.overlay.startsWith("sleeve")
              && weft.capture.equals("auto")) {
            paths.put(name, weft);
          }
        });
    return paths;
  }

  @Override
  public Route open(Ground ground) throws Exception {
    return open(ground, Map.of());
  }

  /** The same with more in the environment of both routers. */
  Route open(Ground ground, Map<String, String> more) throws Exception {
    Host left = ground.left();
    Host right = ground.right();
    Map<String, String> environment = new HashMap<>(more);
    if (encrypted) {
      environment.put("WEAVE_PASSWORD", "correct horse");
    }
    List<String> flags = flags();
    try {
      left.launch(environment, flags.toArray(String[]::new));
      flags.add(ground.leftAddress());
      right.launch(environment, flags.toArray(String[]::new));
    } catch (AssertionError refused) {
      throw new LeftOutException(lastLine(String.valueOf(refused.getMessage())));
    }
    left.awaitConnections("established", 1);
    right.awaitConnections("established", 1);
    if (overlay.equals("fastdp")) {
      awaitWideBridge(left);
      awaitWideBridge(right);
    }
    Container from = left.attach();
    Container to = right.attach();
    from.reaches(to);
    String connections = right.control().get("/status/connections").orFail();
    if (!connections.contains(" " + overlay + " ")
        || connections.contains(" encrypted ") != encrypted) {
      throw new LeftOutException("the routers run something else: " + connections.strip());
    }
    List<Long> routers = List.of(left.router().pid(), right.router().pid());
    return new Route(from.namespace(), to.namespace(), to.address(), routers, note(left)).whenUp();
  }

  /** Containers get the MTU that the bridge has when they are attached. */
  private static void awaitWideBridge(Host host) throws Exception {
    Await.until(
        "the bridge of " + host.label() + " has the MTU that the cable allows",
        Duration.ofSeconds(30),
        () -> host.namespace().ip("link", "show", "weave"),
        link -> link.contains(" mtu 1450 "));
  }

  private List<String> flags() throws Exception {
    String help = Command.run(List.of(Prerequisites.weave().toString(), "launch", "--help")).err();
    List<String> flags = new ArrayList<>(List.of("--ipalloc-init", "consensus=2"));
    flags.add("--overlays=" + overlay);
    if (help.contains("--capture")) {
      flags.add("--capture=" + capture);
    } else if (overlay.equals("sleeve") && !capture.equals("pcap")) {
      throw new LeftOutException("this build captures by pcap only");
    }
    if (!fastdpBy.equals("auto")) {
      flags.add("--fastdp-by=" + fastdpBy);
    }
    return flags;
  }

  /** What the router says of its capture. */
  private static String note(Host host) throws Exception {
    return host.control()
        .get("/status")
        .orFail()
        .lines()
        .filter(line -> line.contains("Capture"))
        .map(String::strip)
        .collect(Collectors.joining("; "));
  }

  private static String lastLine(String message) {
    List<String> lines = message.lines().map(String::strip).filter(l -> l.length() > 3).toList();
    return lines.isEmpty() ? message : lines.getLast();
  }
}
