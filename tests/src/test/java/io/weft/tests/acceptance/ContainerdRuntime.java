package io.weft.tests.acceptance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** containerd with {@code ctr run --cni}, which attaches and detaches by the plugins. */
final class ContainerdRuntime extends ContainerRuntime {
  private static final Duration LIMIT = Duration.ofSeconds(45);

  /** {@code ctr} looks at these two places only, so it gets a file system view of its own. */
  private static final String IN_OWN_VIEW =
      "mount -t tmpfs none /opt && mkdir -p /opt/cni/bin && mount --bind \"$1\" /opt/cni/bin"
          + " && mount --bind \"$2\" /etc/cni/net.d && shift 2 && exec \"$@\"";

  private final Map<String, Process> running = new HashMap<>();
  private final Path socket;
  private int calls;

  ContainerdRuntime(Host host, Path folder) throws Exception {
    super(host, folder);
    socket = folder.resolve("sock");
    Path configuration = folder.resolve("config.toml");
    Files.writeString(
        configuration,
        """
        version = 2
        root = "%1$s/data"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
          address = "%2$s"
        """
            .formatted(folder, socket));
    background(List.of("containerd", "--config", configuration.toString()), "containerd");
    Await.until("containerd answers", LIMIT, () -> ctr("version"), output -> output.exit() == 0);
  }

  private Process background(List<String> command, String log) throws Exception {
    return Command.prepare(host().namespace().inside(command), Map.of())
        .redirectErrorStream(true)
        .redirectOutput(folder().resolve(log + ".log").toFile())
        .start();
  }

  private List<String> line(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                IN_OWN_VIEW,
                "sh",
                plugins().toString(),
                configurations().toString(),
                "ctr",
                // The state of runc is the whole machine's, by namespace and name.
                "--namespace",
                "weft-" + ProcessHandle.current().pid(),
                "--address",
                socket.toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private Command.Output ctr(String... arguments) throws Exception {
    return host().namespace().run(line(arguments), Map.of());
  }

  @Override
  void start(String name) throws Exception {
    String root = rootOf(name).toString();
    List<String> command =
        line("run", "--cni", "--rootfs", root, name, "/bin/busybox", "sleep", "1000");
    Process process = background(command, "container-" + name);
    running.put(name, process);
    Await.until(
        "container " + name + " has its interface",
        LIMIT,
        () ->
            process.isAlive()
                ? run(name, "ip", "-4", "addr", "show", "eth0").out()
                : "ended: " + Files.readString(folder().resolve("container-" + name + ".log")),
        text -> text.contains("inet ") || text.startsWith("ended"));
  }

  @Override
  Command.Output run(String name, String... command) throws Exception {
    calls++;
    List<String> arguments =
        new ArrayList<>(List.of("task", "exec", "--exec-id", "call" + calls, name, "/bin/busybox"));
    arguments.addAll(List.of(command));
    return ctr(arguments.toArray(String[]::new));
  }

  @Override
  void remove(String name) throws Exception {
    ctr("task", "kill", "--signal", "KILL", name).orFail();
    Process process = running.remove(name);
    if (process != null) {
      // It detaches the container before it ends.
      process.onExit().join();
    }
    ctr("container", "delete", name).orFail();
  }
}
