package io.weft.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Where the CNI plugins and their configuration go on this host, and how they get there
 * (features.md 2.5). What is there already is not written again.
 *
 * @param program the plugins' program in this distribution
 * @param plugins the folder for plugins; made if it is missing
 * @param configurations the folder for network configurations; left alone if it is missing
 * @param hairpin whether a container may reach itself through the bridge
 */
record CniSetup(Path program, Path plugins, Path configurations, boolean hairpin) {
  private static final String PLUGIN_FOLDER = "/opt/cni/bin";
  private static final String CONFIGURATION_FOLDER = "/etc/cni/net.d";
  private static final List<String> PLUGINS = List.of("weave-net", "weave-ipam");

  /**
   * As the environment says.
   *
   * @throws CommandFailure if it says something that is not accepted
   */
  static CniSetup of(Console console) {
    String mode = console.variable("HAIRPIN_MODE");
    if (mode != null && !mode.equals("true") && !mode.equals("false")) {
      throw CommandFailure.of("HAIRPIN_MODE: \"" + mode + "\" is not accepted, true or false are.");
    }
    String root = console.variable("HOST_ROOT");
    String folder = console.variable("WEAVE_CNI_PLUGIN_DIR");
    String below = root == null ? "" : root;
    return new CniSetup(
        console.home().resolve("cni").resolve("weave-plugin"),
        Path.of(below + (folder == null ? PLUGIN_FOLDER : folder)),
        Path.of(below + CONFIGURATION_FOLDER),
        mode == null || mode.equals("true"));
  }

  /**
   * Installs what is missing or of another release.
   *
   * @throws CommandFailure if it cannot be done, and why
   */
  void carryOut() {
    if (!Files.isExecutable(program)) {
      throw CommandFailure.of(
          program + " is missing: this distribution was built where there is no C compiler.");
    }
    try {
      installPlugins();
      installConfiguration();
    } catch (IOException e) {
      throw CommandFailure.of("cannot set up the CNI plugins: " + e);
    }
  }

  /** A container that starts meanwhile finds the old program or the new one. */
  private void installPlugins() throws IOException {
    Files.createDirectories(plugins);
    String name = "weave-plugin-" + Version.current();
    Path installed = plugins.resolve(name);
    if (!Files.exists(installed) || Files.mismatch(program, installed) >= 0) {
      Path next = temporary(plugins, name);
      Files.copy(program, next, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(next, installed, StandardCopyOption.ATOMIC_MOVE);
    }
    for (String plugin : PLUGINS) {
      Path link = plugins.resolve(plugin);
      if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).toString().equals(name)) {
        continue;
      }
      if (Files.isDirectory(link, LinkOption.NOFOLLOW_LINKS)) {
        throw CommandFailure.of(link + " is a folder; remove it first.");
      }
      Path next = temporary(plugins, plugin);
      Files.deleteIfExists(next);
      Files.createSymbolicLink(next, Path.of(name));
      Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Launches of several namespaces share the folder, so each has a name of its own. */
  private static Path temporary(Path folder, String name) {
    return folder.resolve(".%s.%d".formatted(name, ProcessHandle.current().pid()));
  }

  /** Only where the folder is, and never over what its user may have edited. */
  private void installConfiguration() throws IOException {
    if (!Files.isDirectory(configurations)) {
      return;
    }
    Files.deleteIfExists(configurations.resolve("10-weave.conf"));
    Path file = configurations.resolve("10-weave.conflist");
    if (Files.exists(file)) {
      return;
    }
    Path next = temporary(configurations, "10-weave.conflist");
    Files.writeString(
        next, configuration(Files.exists(plugins.resolve("bandwidth"))), StandardCharsets.UTF_8);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** A plugin that is not installed would keep every container from starting. */
  private String configuration(boolean hasBandwidth) {
    String bandwidth =
        hasBandwidth
            ? """
            ,
                {
                  "type": "bandwidth",
                  "capabilities": {"bandwidth": true}
                }\
            """
            : "";
    return """
    {
      "cniVersion": "1.0.0",
      "name": "weave",
      "plugins": [
        {
          "name": "weave",
          "type": "weave-net",
          "hairpinMode": %s,
          "capabilities": {"ips": true, "mac": true}
        },
        {
          "type": "portmap",
          "capabilities": {"portMappings": true},
          "snat": true
        }%s
      ]
    }
    """
        .formatted(hairpin, bandwidth);
  }
}
