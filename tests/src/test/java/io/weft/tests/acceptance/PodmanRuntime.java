package io.weft.tests.acceptance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** podman with its CNI backend. */
final class PodmanRuntime extends ContainerRuntime {
  private final Map<String, String> environment;

  PodmanRuntime(Host host, Path folder) throws Exception {
    super(host, folder);
    Path configuration = folder.resolve("containers.conf");
    Files.writeString(
        configuration,
        """
        [network]
        network_backend = "cni"
        cni_plugin_dirs = ["%2$s"]
        network_config_dir = "%3$s"
        [engine]
        cgroup_manager = "cgroupfs"
        runtime = "runc"
        events_logger = "none"
        tmp_dir = "%1$s/tmp"
        [containers]
        log_driver = "k8s-file"
        """
            .formatted(folder, plugins(), configurations()));
    Path storage = folder.resolve("storage.conf");
    Files.writeString(
        storage,
        """
        [storage]
        driver = "vfs"
        graphroot = "%1$s/data"
        runroot = "%1$s/run"
        """
            .formatted(folder));
    environment =
        Map.of(
            "CONTAINERS_CONF", configuration.toString(),
            "CONTAINERS_STORAGE_CONF", storage.toString());
  }

  private Command.Output podman(List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("podman"));
    command.addAll(arguments);
    return host().namespace().run(command, environment);
  }

  @Override
  void start(String name) throws Exception {
    podman(
            List.of(
                "run",
                "-d",
                "--name",
                name,
                "--network",
                "weave",
                "--ulimit",
                "nofile=1024:1024",
                "--ulimit",
                "nproc=1024:1024",
                "--rootfs",
                rootOf(name).toString(),
                "/bin/busybox",
                "sleep",
                "1000"))
        .orFail();
  }

  @Override
  Command.Output run(String name, String... command) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("exec", name, "/bin/busybox"));
    arguments.addAll(List.of(command));
    return podman(arguments);
  }

  @Override
  void remove(String name) throws Exception {
    podman(List.of("stop", "-t", "0", name)).orFail();
    podman(List.of("rm", "-f", name)).orFail();
  }
}
