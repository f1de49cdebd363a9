package io.weft.tests.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/**
 * A container runtime of its own on one host, which finds our plugins as {@code weave setup-cni}
 * has installed them.
 */
abstract sealed class ContainerRuntime implements AutoCloseable
    permits ContainerdRuntime, PodmanRuntime {
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  private final Host host;
  private final Path folder;

  ContainerRuntime(Host host, Path folder) throws Exception {
    this.host = host;
    this.folder = Files.createDirectories(folder);
    Files.createDirectories(configurations());
    Files.createDirectories(plugins());
    Files.createSymbolicLink(
        plugins().resolve("portmap"), CniCaller.REFERENCE_PLUGINS.resolve("portmap"));
    host.weave(Map.of("HOST_ROOT", folder.toString()), List.of("setup-cni")).orFail();
  }

  final Host host() {
    return host;
  }

  final Path folder() {
    return folder;
  }

  final Path configurations() {
    return folder.resolve("etc/cni/net.d");
  }

  final Path plugins() {
    return folder.resolve("opt/cni/bin");
  }

  /** A root folder with a shell, {@code ip} and {@code ping} in it. */
  final Path rootOf(String name) throws IOException {
    Path root = folder.resolve("root-" + name);
    for (String each : List.of("bin", "proc", "sys", "dev", "etc", "run", "tmp")) {
      Files.createDirectories(root.resolve(each));
    }
    Path program = root.resolve("bin/busybox");
    if (!Files.exists(program)) {
      Files.copy(BUSYBOX, program);
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return root;
  }

  /** Starts a container that does nothing, attached to the network. */
  abstract void start(String name) throws Exception;

  /** Runs busybox in a container. */
  abstract Command.Output run(String name, String... command) throws Exception;

  /** Ends a container and removes it. */
  abstract void remove(String name) throws Exception;

  /** The address of a container's interface. */
  final String address(String name) throws Exception {
    String shown = run(name, "ip", "-4", "addr", "show", "eth0").orFail().out();
    return shown.replaceFirst("(?s).*inet ([0-9.]+)/.*", "$1");
  }

  @Override
  public void close() throws IOException {
    // What it runs in the host's namespace ends with that.
    Underlay.deleteTree(folder);
  }
}
