package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Very many attachments by {@code weave-net}, one after the other, at once, and killed half-way;
 * afterwards everything is as it was before. {@code make cni-storm} runs it with the full numbers.
 */
public final class CniStorm implements AutoCloseable {
  private static final String PLAIN = CniTest.configuration("1.1.0", "");
  private static final Duration LIMIT = Duration.ofSeconds(45);

  /** An ADD takes a few milliseconds: so late the last kills come after its end. */
  private static final int KILL_MICROS_MAX = 12_000;

  /** A restart takes seconds, so most kills hit the plugin. */
  private static final int ROUTER_EVERY = 4;

  /** Some runtimes try the same ADD again. */
  private static final int AGAIN_EVERY = 3;

  private static final int INTERFACE_EXISTS = 100;

  private final Underlay underlay = new Underlay();
  private final Host host;
  private final CniCaller cni;
  private final Path folder = Files.createTempDirectory("weft-storm");
  private final List<Namespace> pods = new ArrayList<>();
  private final String before;

  CniStorm() throws IOException {
    host = underlay.host("a");
    host.launch();
    cni = new CniCaller(host, folder.resolve("bin"));
    pods.add(underlay.namespace("p0"));
    // The first one exposes the bridge, which stays.
    cni.add("first", pods.getFirst(), "eth0", PLAIN).orFail();
    cni.delete("first", pods.getFirst(), "eth0", PLAIN).orFail();
    before = traces();
  }

  /** Runs all three; arguments: calls, how many at once, kills, seed. */
  public static void main(String[] arguments) throws Exception {
    long seed = arguments.length > 3 ? Long.parseLong(arguments[3]) : System.nanoTime();
    try (CniStorm storm = new CniStorm()) {
      storm.oneAfterTheOther(Integer.parseInt(arguments[0]));
      System.out.println(arguments[0] + " ADD and DEL one after the other: nothing is left");
      storm.allAtOnce(Integer.parseInt(arguments[1]));
      System.out.println(arguments[1] + " ADD at once, then as many DEL: nothing is left");
      storm.killed(Integer.parseInt(arguments[2]), seed);
      System.out.printf("%s ADD killed half-way, seed %d: nothing is left%n", arguments[2], seed);
    }
  }

  void oneAfterTheOther(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      cni.add("one" + i, pods.getFirst(), "eth0", PLAIN).orFail();
      cni.delete("one" + i, pods.getFirst(), "eth0", PLAIN).orFail();
    }
    assertNothingIsLeft("after " + count + " attachments");
  }

  void allAtOnce(int count) throws Exception {
    while (pods.size() < count) {
      pods.add(underlay.namespace("p" + pods.size()));
    }
    Set<String> addresses = new HashSet<>();
    for (CniCaller.Answer answer :
        forAll(count, i -> cni.add("many" + i, pods.get(i), "eth0", PLAIN))) {
      addresses.add(answer.orFail().at("/ips/0/address").asText());
    }
    assertEquals(count, addresses.size(), "addresses of " + count + " at once");
    for (CniCaller.Answer answer :
        forAll(count, i -> cni.delete("many" + i, pods.get(i), "eth0", PLAIN))) {
      answer.orFail();
    }
    assertNothingIsLeft("after " + count + " attachments at once");
  }

  /** A call for one of many. */
  private interface Call {
    CniCaller.Answer of(int number) throws IOException;
  }

  private static List<CniCaller.Answer> forAll(int count, Call call) throws Exception {
    List<CniCaller.Answer> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
      List<Callable<CniCaller.Answer>> calls = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        calls.add(() -> call.of(number));
      }
      for (Future<CniCaller.Answer> answer : threads.invokeAll(calls)) {
        answers.add(answer.get());
      }
    }
    return answers;
  }

  /** ADDs whose plugin or router is killed; what is left of them goes by DEL, or by GC. */
  void killed(int count, long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      String id = "killed" + i;
      long afterNanos = random.nextInt(KILL_MICROS_MAX) * 1_000L;
      boolean isRouter = i % ROUTER_EVERY == ROUTER_EVERY - 1;
      ProcessHandle router = host.router();
      Process plugin = start(id, pods.getFirst());
      LockSupport.parkNanos(afterNanos);
      if (isRouter) {
        router.destroyForcibly();
        router.onExit().join();
      } else {
        plugin.destroyForcibly();
      }
      plugin.onExit().join();
      if (isRouter) {
        host.launch();
      }
      if (random.nextInt(AGAIN_EVERY) == 0) {
        addAgain(id);
      }
      if (random.nextBoolean()) {
        cni.delete(id, pods.getFirst(), "eth0", PLAIN).orFail();
      } else {
        cni.call("weave-net", "GC", Map.of(), CniTest.configuration("1.1.0", "")).orFail();
      }
      assertNothingIsLeft(
          "seed %d, ADD %d, %s killed after %d ns"
              .formatted(seed, i, isRouter ? "router" : "plugin", afterNanos));
    }
  }

  /** What was left half-finished is no obstacle; what was finished, unheard, has to be deleted. */
  private void addAgain(String id) throws IOException {
    CniCaller.Answer again = cni.add(id, pods.getFirst(), "eth0", PLAIN);
    if (again.exit() != 0) {
      assertEquals(INTERFACE_EXISTS, again.error().get("code").asInt(), again.text());
    }
  }

  private Process start(String id, Namespace pod) throws IOException {
    Map<String, String> environment = new HashMap<>(cni.attachment(id, pod, "eth0"));
    environment.put("CNI_COMMAND", "ADD");
    environment.put("CNI_PATH", cni.plugins().toString());
    List<String> line =
        host.namespace().inside(List.of(cni.plugins().resolve("weave-net").toString()));
    Process process =
        Command.prepare(line, environment)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (OutputStream input = process.getOutputStream()) {
      input.write(PLAIN.getBytes(StandardCharsets.UTF_8));
    }
    return process;
  }

  private void assertNothingIsLeft(String when) throws Exception {
    // An ADD whose caller has gone is taken back by the router in its own time.
    Await.until("no trace " + when + ", but: " + before, LIMIT, this::traces, before::equals);
  }

  /** Everything that an attachment makes, wherever it makes it. */
  private String traces() throws IOException {
    List<String> links = new ArrayList<>();
    for (String line : host.namespace().ip("-o", "link").lines().toList()) {
      links.add(line.split(": ", 3)[1].replaceFirst("@.*", ""));
    }
    links.sort(null);
    Path records = Path.of(host.statePrefix() + "cni");
    List<String> files = new ArrayList<>();
    if (Files.isDirectory(records)) {
      try (Stream<Path> listed = Files.list(records)) {
        listed.map(file -> file.getFileName().toString()).forEach(files::add);
      }
    }
    String inside = "";
    for (Namespace pod : pods) {
      inside += pod.ip("-o", "link").contains("eth0") ? pod.name() : "";
    }
    return String.join(
        "\n",
        "links " + links,
        "inside " + inside,
        "routes " + host.namespace().ip("route"),
        "processes " + host.namespace().processes().size(),
        "records " + files,
        "addresses " + host.control().get("/ip").orFail(),
        host.control().get("/status/ipam").orFail());
  }

  @Override
  public void close() throws IOException {
    underlay.close();
    Underlay.deleteTree(folder);
  }
}
