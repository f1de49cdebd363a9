package io.weft.tests.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calls CNI plugins as a container runtime on one host does, by their real programs. */
final class CniCaller {
  /** Where Debian puts the reference plugins. */
  static final Path REFERENCE_PLUGINS = Path.of("/usr/lib/cni");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Host host;
  private final Path plugins;

  /**
   * A caller on a host.
   *
   * @param folder where the plugins are put, as {@code weave setup-cni} does
   */
  CniCaller(Host host, Path folder) throws IOException {
    this.host = host;
    this.plugins = Files.createDirectories(folder);
    for (String name : List.of("weave-net", "weave-ipam")) {
      Path plugin = folder.resolve(name);
      if (!Files.exists(plugin)) {
        Files.copy(Prerequisites.plugin(), plugin);
      }
    }
  }

  /** Where our plugins are. */
  Path plugins() {
    return plugins;
  }

  /** What a plugin came to. */
  record Answer(int exit, String text) {
    /** The document of a plugin that must have succeeded. */
    JsonNode orFail() throws IOException {
      if (exit != 0) {
        throw new AssertionError("the plugin failed: " + text);
      }
      return JSON.readTree(text.isBlank() ? "{}" : text);
    }

    /** The document of a plugin that must have failed in order. */
    JsonNode error() throws IOException {
      if (exit != 1) {
        throw new AssertionError("the plugin should have ended with 1: " + this);
      }
      JsonNode error = JSON.readTree(text);
      for (String key : List.of("cniVersion", "code", "msg", "details")) {
        if (!error.has(key)) {
          throw new AssertionError("the error has no " + key + ": " + text);
        }
      }
      return error;
    }
  }

  Answer add(String id, Namespace container, String interfaceName, String configuration)
      throws IOException {
    return call("weave-net", "ADD", attachment(id, container, interfaceName), configuration);
  }

  Answer delete(String id, Namespace container, String interfaceName, String configuration)
      throws IOException {
    return call("weave-net", "DEL", attachment(id, container, interfaceName), configuration);
  }

  Map<String, String> attachment(String id, Namespace container, String interfaceName) {
    return Map.of(
        "CNI_CONTAINERID", id,
        "CNI_NETNS", container.path().toString(),
        "CNI_IFNAME", interfaceName);
  }

  /** Calls a plugin of ours or a reference plugin. */
  Answer call(String plugin, String command, Map<String, String> variables, String configuration)
      throws IOException {
    Map<String, String> environment = new LinkedHashMap<>(variables);
    environment.putIfAbsent("CNI_COMMAND", command);
    environment.putIfAbsent("CNI_PATH", plugins + ":" + REFERENCE_PLUGINS);
    Path program = plugins.resolve(plugin);
    if (!Files.exists(program)) {
      program = REFERENCE_PLUGINS.resolve(plugin);
    }
    Command.Output output =
        Command.run(
            host.namespace().inside(List.of(program.toString())), environment, configuration);
    return new Answer(output.exit(), output.out());
  }

  /** A document as a tree. */
  static JsonNode json(String text) throws IOException {
    return JSON.readTree(text);
  }
}
