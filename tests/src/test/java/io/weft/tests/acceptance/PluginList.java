package io.weft.tests.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A network configuration list carried out as a container runtime does (CNI specification, section
 * 3): each plugin gets the list's version and name, what the runtime has for its capabilities, and
 * the result of the plugins before it; the last result is kept for CHECK and DEL.
 */
final class PluginList {
  private final CniCaller cni;
  private final JsonNode list;
  private final JsonNode arguments;
  private final Map<String, JsonNode> cache = new HashMap<>();

  /**
   * A list.
   *
   * @param list the document of a {@code .conflist}
   * @param arguments what the runtime has to say, by capability
   */
  PluginList(CniCaller cni, String list, String arguments) throws IOException {
    this.cni = cni;
    this.list = CniCaller.json(list);
    this.arguments = CniCaller.json(arguments);
  }

  /** Attaches a container by all plugins in order; the first failure is thrown. */
  JsonNode add(String id, Namespace container, String interfaceName) throws IOException {
    Map<String, String> attachment = cni.attachment(id, container, interfaceName);
    @Nullable JsonNode result = null;
    for (JsonNode plugin : list.get("plugins")) {
      result = call(plugin, "ADD", attachment, result).orFail();
    }
    cache.put(id + interfaceName, Objects.requireNonNull(result, "an empty list"));
    return result;
  }

  /**
   * Has every plugin look, in order, with the cached result.
   *
   * @param variables further variables of some plugins, by their type
   */
  void check(
      String id,
      Namespace container,
      String interfaceName,
      Map<String, Map<String, String>> variables)
      throws IOException {
    for (JsonNode plugin : list.get("plugins")) {
      String type = plugin.get("type").asText();
      Map<String, String> own = variables.getOrDefault(type, Map.of());
      checkBy(type, id, container, interfaceName, own).orFail();
    }
  }

  /** What one of the plugins says. */
  CniCaller.Answer checkBy(
      String type,
      String id,
      Namespace container,
      String interfaceName,
      Map<String, String> variables)
      throws IOException {
    for (JsonNode plugin : list.get("plugins")) {
      if (plugin.get("type").asText().equals(type)) {
        Map<String, String> all = new HashMap<>(cni.attachment(id, container, interfaceName));
        all.putAll(variables);
        return call(plugin, "CHECK", all, cache.get(id + interfaceName));
      }
    }
    throw new AssertionError("there is no " + type + " in " + list);
  }

  /** Detaches a container by all plugins in the opposite order. */
  void delete(String id, Namespace container, String interfaceName) throws IOException {
    List<JsonNode> plugins = new ArrayList<>();
    ((ArrayNode) list.get("plugins")).forEach(plugins::add);
    for (JsonNode plugin : plugins.reversed()) {
      call(
              plugin,
              "DEL",
              cni.attachment(id, container, interfaceName),
              cache.get(id + interfaceName))
          .orFail();
    }
    cache.remove(id + interfaceName);
  }

  private CniCaller.Answer call(
      JsonNode plugin, String command, Map<String, String> attachment, @Nullable JsonNode previous)
      throws IOException {
    ObjectNode document = plugin.deepCopy();
    document.put("cniVersion", list.get("cniVersion").asText());
    document.put("name", list.get("name").asText());
    JsonNode capabilities = document.remove("capabilities");
    if (capabilities != null) {
      ObjectNode runtime = document.putObject("runtimeConfig");
      capabilities
          .fieldNames()
          .forEachRemaining(capability -> {
            if (arguments.has(capability)) {
              runtime.set(capability, arguments.get(capability));
            }
          });
    }
    if (previous != null) {
      document.set("prevResult", previous);
    }
    return cni.call(plugin.get("type").asText(), command, attachment, document.toString());
  }
}
