package io.weft.cli.demo;

import io.weft.cli.demo.Host.Container;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * The story that {@code weave demo} tells: every step does something and checks what came of it.
 */
final class Demo {
  private static final int CONTAINERS_PER_HOST = 2;
  private static final int COPY_BLOCKS = 100;
  private static final double MEGABYTE = 1e6;

  /** Our choice: discovery and path search take a few seconds, a loaded machine some more. */
  private static final long SETTLE_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int PING_ATTEMPTS = 5;

  private final Stage stage;
  private final Progress progress;

  Demo(Stage stage, Progress progress) {
    this.stage = stage;
    this.progress = progress;
  }

  /** The whole story. */
  void run() throws IOException, DemoFailure {
    launchAndAttach();
    pingAllPairs();
    copy();
    showStatus();
    stopOneRouter();
  }

  /** The part up to where traffic can flow. */
  void launchAndAttach() throws IOException, DemoFailure {
    launchRouters();
    awaitFullMesh();
    attachContainers();
  }

  private void launchRouters() throws IOException, DemoFailure {
    progress.heading("Launching encrypted routers");
    Host first = stage.hosts().get(0);
    Host second = stage.hosts().get(1);
    Host third = stage.hosts().get(2);
    launch(first);
    launch(second, first.underlayAddress());
    // The third hears of the first only through the second.
    launch(third, second.underlayAddress());
  }

  private void launch(Host host, String... peers) throws IOException, DemoFailure {
    long startNanos = System.nanoTime();
    host.launch(peers);
    double seconds = (System.nanoTime() - startNanos) / (double) TimeUnit.SECONDS.toNanos(1);
    progress.line(
        String.format(
            Locale.ROOT,
            "%s: weave launch %s: ready in %.2f s (goal: 3 s), pid %d",
            host.nickname(),
            String.join(" ", peers),
            seconds,
            host.routerPid()));
  }

  private void awaitFullMesh() throws IOException, DemoFailure {
    progress.heading("Waiting for every host to reach every other");
    int others = stage.hosts().size() - 1;
    for (Host host : stage.hosts()) {
      awaitEstablished(host, others);
      progress.line(host.nickname() + ": " + others + " connections established and encrypted");
    }
  }

  private void awaitEstablished(Host host, int expected) throws IOException, DemoFailure {
    long deadlineNanos = System.nanoTime() + SETTLE_NANOS_MAX;
    while (true) {
      String seen = host.mustWeave("status", "connections");
      long established =
          seen.lines()
              .filter(line -> line.matches(".* established +encrypted +sleeve2? .*"))
              .count();
      if (established == expected) {
        return;
      }
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new DemoFailure(
            "weave status connections on " + host.nickname(),
            expected + " lines with \"established encrypted sleeve2\" or sleeve",
            seen);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private void attachContainers() throws IOException, DemoFailure {
    progress.heading("Attaching containers with addresses from the allocator");
    List<String> addresses = new ArrayList<>();
    for (Host host : stage.hosts()) {
      for (int i = 1; i <= CONTAINERS_PER_HOST; i++) {
        Container container = stage.addContainer(host, i);
        progress.line(host.nickname() + ": weave attach: " + container);
        if (addresses.contains(container.address().getHostAddress())) {
          throw new DemoFailure(
              "weave attach on " + host.nickname(),
              "an address other than " + addresses,
              container.toString());
        }
        addresses.add(container.address().getHostAddress());
      }
    }
  }

  private void pingAllPairs() throws IOException, DemoFailure {
    progress.heading("Pinging all pairs");
    List<Container> all =
        stage.hosts().stream().flatMap(host -> host.containers().stream()).toList();
    for (Container from : all) {
      for (Container to : all) {
        if (!from.equals(to)) {
          ping(from, to);
        }
      }
    }
  }

  private void ping(Container from, Container to) throws IOException, DemoFailure {
    List<String> command =
        List.of("ping", "-n", "-c", "1", "-W", "2", to.address().getHostAddress());
    Program.Result result = Program.run(from.namespace(), Map.of(), command);
    for (int attempt = 1; !result.succeeded() && attempt < PING_ATTEMPTS; attempt++) {
      result = Program.run(from.namespace(), Map.of(), command);
    }
    if (!result.succeeded()) {
      throw new DemoFailure("ping " + from + " -> " + to, "an answer", result.toString());
    }
    String time = result.output().replaceAll("(?s).*time=([0-9.]+ ms).*", "$1");
    progress.line(from + " -> " + to + "  " + time);
  }

  private void copy() throws IOException, DemoFailure {
    Container from = stage.hosts().get(0).containers().get(0);
    Container to = stage.hosts().get(1).containers().get(0);
    progress.heading("Copying 100 MiB by TCP: " + from + " -> " + to);
    TcpCopy.Result result =
        new TcpCopy(from.namespace(), to.namespace(), to.address())
            .run(COPY_BLOCKS, RandomGenerator.getDefault());
    progress.line("sha256 sent     " + result.sentSha256());
    progress.line("sha256 received " + result.receivedSha256());
    progress.line(String.format(Locale.ROOT, "rate %.0f Mb/s", result.megabitsPerSecond()));
    if (!result.sentSha256().equals(result.receivedSha256())) {
      throw new DemoFailure(
          "copy " + from + " -> " + to, result.sentSha256(), result.receivedSha256());
    }
  }

  private void showStatus() throws IOException, DemoFailure {
    for (Host host : stage.hosts()) {
      for (String part : List.of("", "connections", "ipam")) {
        String command = ("weave status " + part).strip();
        String[] arguments = command.substring("weave ".length()).split(" ", -1);
        progress.transcript(host.nickname() + ": " + command, host.mustWeave(arguments));
      }
    }
    progress.heading("Memory of the routers");
    for (Host host : stage.hosts()) {
      progress.line(
          String.format(
              Locale.ROOT,
              "%s: %.0f MB resident (goal: below 150 MB)",
              host.nickname(),
              host.residentBytes() / MEGABYTE));
    }
  }

  /** The one to go is the one that introduced the other two to each other. */
  private void stopOneRouter() throws IOException, DemoFailure {
    Host first = stage.hosts().get(0);
    Host second = stage.hosts().get(1);
    Host third = stage.hosts().get(2);
    progress.heading("Stopping the router of " + second.nickname());
    second.stopRouter();
    awaitEstablished(first, 1);
    awaitEstablished(third, 1);
    for (Container from : first.containers()) {
      for (Container to : third.containers()) {
        ping(from, to);
        ping(to, from);
      }
    }
    for (Host host : List.of(first, third)) {
      progress.transcript(
          host.nickname() + ": weave status connections", host.mustWeave("status", "connections"));
    }
    progress.heading("The others carry on.");
  }
}
