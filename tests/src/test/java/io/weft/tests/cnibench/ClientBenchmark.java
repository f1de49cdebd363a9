package io.weft.tests.cnibench;

import io.weft.linux.NamespaceTask;
import io.weft.linux.NetworkNamespace;
import io.weft.tests.acceptance.Host;
import io.weft.tests.acceptance.Prerequisites;
import io.weft.tests.acceptance.Underlay;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

/**
 * Whether the plugins' program could be Java: a call of STATUS by the native program and by {@link
 * JavaClient} in turn, the latter on a runtime that {@code jlink} has made of java.base alone, with
 * and without an AOT cache of just this call. The router does the same for all of them. Prints a
 * table and writes {@code target/bench-cni-clients.json}. Arguments: calls of each (100).
 */
public final class ClientBenchmark {
  private static final int WARM_UP = 10;
  private static final String CONFIGURATION =
      "{\"cniVersion\":\"1.1.0\",\"name\":\"weave\",\"type\":\"weave-net\"}";

  /** What makes a short life shorter; the cache holds for these alone. */
  private static final List<String> MACHINE =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx32m");

  private final List<Contender> clients = new ArrayList<>();
  private final List<List<Long>> nanos = new ArrayList<>();

  private ClientBenchmark(Path folder, Path socket) throws IOException {
    Path image = folder.resolve("image");
    Path jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
    new Contender(
            "jlink",
            List.of(
                jlink.toString(),
                "--add-modules=java.base",
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--output=" + image),
            "",
            "")
        .call("", "", folder);
    String java = image.resolve("bin/java").toString();
    new Contender("java", List.of(java, "-Xshare:dump"), "", "").call("", "", folder);
    Path cache = folder.resolve("client.aot");
    List<String> client =
        List.of(
            "-cp",
            jar(folder.resolve("client.jar")).toString(),
            JavaClient.class.getName(),
            socket.toString());
    status(client("training", java, List.of("-XX:AOTCacheOutput=" + cache), client));
    clients.add(new Contender("native", List.of(program().toString()), "", CONFIGURATION));
    // "on": without the cache it would not start at all.
    List<String> cached = List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=on");
    clients.add(client("java, jlink, AOT cache", java, cached, client));
    clients.add(client("java, jlink", java, List.of("-Xshare:auto"), client));
    System.out.printf(
        "native: %d KB; image: %d MB, cache: %d MB%n",
        Files.size(program()) >> 10, sizeOf(image) >> 20, Files.size(cache) >> 20);
  }

  private static Path program() {
    return Prerequisites.weave().resolve("../../cni/weave-plugin").normalize();
  }

  private static Contender client(String name, String java, List<String> how, List<String> client) {
    List<String> line = new ArrayList<>(List.of(java));
    line.addAll(MACHINE);
    line.addAll(how);
    line.addAll(client);
    return new Contender(name, line, "", CONFIGURATION);
  }

  /** How long a call of STATUS takes, which has no container; in nanoseconds. */
  private static long status(Contender client) throws IOException {
    return client.call("STATUS", "", Path.of(""));
  }

  private static long sizeOf(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  /** The client alone: an AOT cache takes classes of jars, not of folders. */
  private static Path jar(Path file) throws IOException {
    String name = JavaClient.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file));
        InputStream bytes = JavaClient.class.getResourceAsStream("/" + name)) {
      jar.putNextEntry(new ZipEntry(name));
      bytes.transferTo(jar);
      jar.closeEntry();
    }
    return file;
  }

  /** Runs the benchmark. */
  public static void main(String[] arguments) throws Exception {
    int calls = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
    Path folder = Files.createTempDirectory("weft-bench-clients");
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch(Map.of());
      try (NetworkNamespace inside = NetworkNamespace.ofName(host.namespace().name())) {
        Path socket = Path.of("/run/weave", Long.toString(inside.inode()), "cni.sock");
        inside.run(
            (NamespaceTask<Integer, Exception>)
                () -> {
                  new ClientBenchmark(folder, socket).measure(calls);
                  return calls;
                });
      }
    } finally {
      Underlay.deleteTree(folder);
    }
  }

  private void measure(int calls) throws IOException {
    clients.forEach(client -> nanos.add(new ArrayList<>()));
    for (int i = 0; i < WARM_UP + calls; i++) {
      for (Contender client : clients) {
        long taken = status(client);
        if (i >= WARM_UP) {
          nanos.get(clients.indexOf(client)).add(taken);
        }
      }
    }
    StringBuilder json = new StringBuilder("[");
    double first = Timings.percentile(nanos.getFirst(), 50);
    for (Contender client : clients) {
      double p50 = Timings.percentile(nanos.get(clients.indexOf(client)), 50);
      double p99 = Timings.percentile(nanos.get(clients.indexOf(client)), 99);
      System.out.printf(
          Locale.ROOT,
          "%-24s STATUS p50 %6.2f ms (%.1fx), p99 %6.2f ms%n",
          client.name(),
          p50,
          p50 / first,
          p99);
      json.append(
          String.format(
              Locale.ROOT,
              "%s%n  {\"client\": \"%s\", \"status_p50_ms\": %.2f, \"status_p99_ms\": %.2f}",
              json.length() > 1 ? "," : "",
              client.name(),
              p50,
              p99));
    }
    Path file = Files.createDirectories(Path.of("target")).resolve("bench-cni-clients.json");
    Files.writeString(file, json.append("\n]\n"));
  }
}
