package io.weft.tests.cnibench;

import io.weft.linux.NetworkNamespace;
import io.weft.tests.acceptance.Host;
import io.weft.tests.acceptance.Namespace;
import io.weft.tests.acceptance.Prerequisites;
import io.weft.tests.acceptance.Underlay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures ADD and DEL of the contenders in turn, alone and at many at once, prints a table and
 * writes {@code target/bench-cni.json}. Arguments: calls of each alone (200), rounds of many at
 * once (3).
 */
public final class CniBenchmark {
  private static final int WARM_UP = 20;
  private static final int AT_ONCE = 100;
  private static final Path REFERENCE = Path.of("/usr/lib/cni");

  private final Host host;
  private final List<Contender> contenders;
  private final Map<Contender, Timings> timings = new LinkedHashMap<>();
  private final List<Namespace> pods = new ArrayList<>();

  private CniBenchmark(Underlay underlay, Path folder) throws IOException {
    host = underlay.host("a");
    host.launch(Map.of());
    Path ours = Files.createDirectories(folder.resolve("bin"));
    Path program = ours.resolve("weave-net");
    Files.copy(Prerequisites.weave().resolve("../../cni/weave-plugin").normalize(), program);
    String bridge =
        """
        {"cniVersion": "1.0.0", "name": "other", "type": "bridge", "bridge": "other0",
         "isGateway": true, "isDefaultGateway": true, "hairpinMode": true, "ipam":
          {"type": "host-local", "subnet": "10.90.0.0/16", "dataDir": "%s"}}
        """
            .formatted(folder.resolve("leases"));
    contenders =
        List.of(
            new Contender(
                "weave-net",
                List.of(program.toString()),
                ours.toString(),
                "{\"cniVersion\":\"1.0.0\",\"name\":\"weave\",\"type\":\"weave-net\"}"),
            new Contender(
                "bridge+host-local",
                List.of(REFERENCE.resolve("bridge").toString()),
                REFERENCE.toString(),
                bridge));
    for (int i = 0; i < AT_ONCE * contenders.size(); i++) {
      pods.add(underlay.namespace("p" + i));
    }
  }

  /** Runs the benchmark. */
  public static void main(String[] arguments) throws Exception {
    int alone = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    Path folder = Files.createTempDirectory("weft-bench-cni");
    List<Timings.Figures> figures;
    try (Underlay underlay = new Underlay()) {
      CniBenchmark benchmark = new CniBenchmark(underlay, folder);
      try (NetworkNamespace inside = NetworkNamespace.ofName(benchmark.host.namespace().name())) {
        figures =
            inside.run(
                (io.weft.linux.NamespaceTask<List<Timings.Figures>, Exception>)
                    () -> benchmark.measure(alone, rounds));
      }
    } finally {
      Underlay.deleteTree(folder);
    }
    Path file = Files.createDirectories(Path.of("target")).resolve("bench-cni.json");
    Files.writeString(file, Timings.json(figures));
    System.out.print(Timings.table(figures));
  }

  private List<Timings.Figures> measure(int alone, int rounds) throws Exception {
    for (int i = 0; i < WARM_UP + alone; i++) {
      for (String command : List.of("ADD", "DEL")) {
        for (Contender contender : contenders) {
          long nanos = contender.call(command, "alone" + i, pod(contender, i % AT_ONCE));
          if (i >= WARM_UP) {
            measured(contender).add(command, nanos);
          }
        }
      }
    }
    for (int round = 0; round < rounds; round++) {
      for (Contender contender : contenders) {
        measured(contender).addAtOnce(allAtOnce(contender, "ADD", round));
        allAtOnce(contender, "DEL", round);
      }
    }
    List<Timings.Figures> figures = new ArrayList<>();
    timings.forEach((contender, measured) -> figures.add(measured.figures(contender.name())));
    return figures;
  }

  private Timings measured(Contender contender) {
    return timings.computeIfAbsent(contender, one -> new Timings());
  }

  private Path pod(Contender contender, int number) {
    return pods.get(contenders.indexOf(contender) * AT_ONCE + number).path();
  }

  /** Threads are started by the calling one, so that they are in the host's namespace as well. */
  private List<Long> allAtOnce(Contender contender, String command, int round) throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    List<Long> nanos = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<Long>> calls = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        Path pod = pod(contender, i);
        String id = "many%d-%d".formatted(round, i);
        Callable<Long> call =
            () -> {
              start.await();
              return contender.call(command, id, pod);
            };
        calls.add(threads.submit(call));
      }
      start.countDown();
      for (Future<Long> call : calls) {
        nanos.add(call.get());
      }
    } catch (ExecutionException e) {
      throw new IOException(contender.name() + " failed among many", e);
    }
    return nanos;
  }
}
