package io.weft.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code weave setup-cni} (features.md 2.5). What is there already is not written again. */
@Command(
    name = "setup-cni",
    aliases = "setup",
    description = {
      "Install the CNI plugins and, if there is none, a network configuration.",
      "WEAVE_CNI_PLUGIN_DIR (/opt/cni/bin), HAIRPIN_MODE (true) and HOST_ROOT are read from the"
          + " environment."
    })
final class SetupCniCommand extends HelpOption implements Callable<Integer> {
  private static final String PLUGIN_FOLDER = "/opt/cni/bin";
  private static final String CONFIGURATION_FOLDER = "/etc/cni/net.d";
  private static final List<String> PLUGINS = List.of("weave-net", "weave-ipam");

  private final Console console;

  SetupCniCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Host.requireRootOnLinux("setup-cni");
    String hairpin = hairpinMode();
    Path program = console.home().resolve("cni").resolve("weave-plugin");
    if (!Files.isExecutable(program)) {
      throw CommandFailure.of(
          program + " is missing: this distribution was built where there is no C compiler.");
    }
    Path folder = underHostRoot("WEAVE_CNI_PLUGIN_DIR", PLUGIN_FOLDER);
    installPlugins(program, folder);
    installConfiguration(folder, hairpin);
    return ExitCode.OK;
  }

  private String hairpinMode() {
    String mode = console.variable("HAIRPIN_MODE");
    if (mode != null && !mode.equals("true") && !mode.equals("false")) {
      throw CommandFailure.of("HAIRPIN_MODE: \"" + mode + "\" is not accepted, true or false are.");
    }
    return mode == null ? "true" : mode;
  }

  private Path underHostRoot(String variable, String otherwise) {
    String root = console.variable("HOST_ROOT");
    String place = variable.isEmpty() ? null : console.variable(variable);
    return Path.of((root == null ? "" : root) + (place == null ? otherwise : place));
  }

  /** A container that starts meanwhile finds the old program or the new one. */
  private static void installPlugins(Path program, Path folder) throws IOException {
    Files.createDirectories(folder);
    String name = "weave-plugin-" + Version.current();
    Path installed = folder.resolve(name);
    if (!Files.exists(installed) || Files.mismatch(program, installed) >= 0) {
      Path next = folder.resolve("." + name + ".new");
      Files.copy(program, next, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(next, installed, StandardCopyOption.ATOMIC_MOVE);
    }
    for (String plugin : PLUGINS) {
      Path link = folder.resolve(plugin);
      if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).toString().equals(name)) {
        continue;
      }
      if (Files.isDirectory(link, LinkOption.NOFOLLOW_LINKS)) {
        throw CommandFailure.of(link + " is a folder; remove it first.");
      }
      Path next = folder.resolve("." + plugin + ".new");
      Files.deleteIfExists(next);
      Files.createSymbolicLink(next, Path.of(name));
      Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Only where the folder is, and never over what its user may have edited. */
  private void installConfiguration(Path plugins, String hairpin) throws IOException {
    Path folder = underHostRoot("", CONFIGURATION_FOLDER);
    if (!Files.isDirectory(folder)) {
      return;
    }
    Files.deleteIfExists(folder.resolve("10-weave.conf"));
    Path file = folder.resolve("10-weave.conflist");
    if (Files.exists(file)) {
      return;
    }
    Path next = folder.resolve(".10-weave.conflist.new");
    Files.writeString(
        next,
        configuration(hairpin, Files.exists(plugins.resolve("bandwidth"))),
        StandardCharsets.UTF_8);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** A plugin that is not installed would keep every container from starting. */
  private static String configuration(String hairpin, boolean hasBandwidth) {
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
