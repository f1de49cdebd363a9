package io.weft.cni.plugin;

import io.weft.linux.Links;
import io.weft.linux.NetworkNamespace;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One call of a plugin, its environment checked (CNI specification, section 2).
 *
 * @param isIpam whether {@code weave-ipam} was called, else {@code weave-net}
 * @param environment all variables that begin with {@code CNI_}
 * @param configuration what came on standard input
 * @param namespace the container's namespace, if the caller could open it
 */
record PluginCall(
    boolean isIpam,
    Command command,
    Map<String, String> environment,
    byte[] configuration,
    Optional<NetworkNamespace> namespace) {

  /** What a runtime may ask for. */
  enum Command {
    ADD,
    DEL,
    CHECK,
    STATUS,
    GC;

    /** The variables that it needs. */
    List<String> required() {
      return switch (this) {
        case ADD -> List.of("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_PATH");
        case CHECK -> List.of("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME");
        case DEL -> List.of("CNI_CONTAINERID", "CNI_IFNAME");
        case STATUS, GC -> List.of();
      };
    }
  }

  /** By specification, for container ids and network names. */
  static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  /** Our choice: file names have at most 255 characters, and ours hold an interface name, too. */
  static final int NAME_LENGTH_MAX = 200;

  private static final Pattern INTERFACE = Pattern.compile("[^\\s/:\\p{Cntrl}]+");
  private static final String PLUGIN_IPAM = "weave-ipam";

  /**
   * Reads what the plugin's program sent.
   *
   * @param block the plugin's name and its variables, each ended by a zero
   * @throws CniException code 4 if a variable is missing or wrong
   */
  static PluginCall parse(byte[] block, byte[] configuration, Optional<NetworkNamespace> namespace)
      throws CniException {
    List<String> texts = texts(block);
    Map<String, String> environment = new LinkedHashMap<>();
    for (String text : texts.subList(Math.min(1, texts.size()), texts.size())) {
      int equals = text.indexOf('=');
      if (equals > 0) {
        environment.put(text.substring(0, equals), text.substring(equals + 1));
      }
    }
    Command command = command(environment.getOrDefault("CNI_COMMAND", ""));
    List<String> missing =
        command.required().stream()
            .filter(name -> environment.getOrDefault(name, "").isEmpty())
            .toList();
    if (!missing.isEmpty()) {
      throw bad("required variables are missing: " + String.join(", ", missing), "set them");
    }
    PluginCall call =
        new PluginCall(
            !texts.isEmpty() && texts.getFirst().equals(PLUGIN_IPAM),
            command,
            environment,
            configuration,
            namespace);
    if (command.required().contains("CNI_CONTAINERID")) {
      checkName("CNI_CONTAINERID", call.containerId());
      call.checkInterfaceName();
    }
    return call;
  }

  private static List<String> texts(byte[] block) throws CniException {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(block)).toString();
      List<String> texts = new ArrayList<>(Arrays.asList(text.split("\0", -1)));
      texts.removeLast();
      return texts;
    } catch (CharacterCodingException e) {
      throw new CniException(
          CniException.BAD_ENVIRONMENT,
          "a variable CNI_* is no UTF-8",
          "look for bytes above 0x7f in CNI_CONTAINERID, CNI_IFNAME, CNI_NETNS and CNI_ARGS",
          e);
    }
  }

  private static Command command(String text) throws CniException {
    for (Command command : Command.values()) {
      if (command.name().equals(text)) {
        return command;
      }
    }
    throw bad(
        "unknown CNI_COMMAND: \"%s\"".formatted(shown(text)),
        "expected ADD, DEL, CHECK, STATUS, GC or VERSION");
  }

  private static void checkName(String variable, String value) throws CniException {
    if (value.length() > NAME_LENGTH_MAX || !NAME.matcher(value).matches()) {
      throw bad(
          "%s is not accepted: \"%s\"".formatted(variable, shown(value)),
          "expected at most %d letters, digits, dots, dashes and underscores, no sign first"
              .formatted(NAME_LENGTH_MAX));
    }
  }

  /** Whether the kernel would take a text as an interface's name. */
  static boolean isInterfaceName(String name) {
    return INTERFACE.matcher(name).matches()
        && name.chars().allMatch(c -> c < 0x7f)
        && name.length() <= Links.NAME_LENGTH_MAX
        && !name.equals(".")
        && !name.equals("..");
  }

  private void checkInterfaceName() throws CniException {
    String name = interfaceName();
    if (!isInterfaceName(name) || name.equals("lo")) {
      throw bad(
          "CNI_IFNAME is not accepted: \"%s\"".formatted(shown(name)),
          "expected 1 to 15 characters without blanks, / and :, and not . or .. or lo");
    }
  }

  private static String shown(String value) {
    return value.length() <= 64 ? value : value.substring(0, 64) + "...";
  }

  private static CniException bad(String message, String details) {
    return new CniException(CniException.BAD_ENVIRONMENT, message, details);
  }

  String containerId() {
    return environment.getOrDefault("CNI_CONTAINERID", "");
  }

  String interfaceName() {
    return environment.getOrDefault("CNI_IFNAME", "");
  }

  String namespacePath() {
    return environment.getOrDefault("CNI_NETNS", "");
  }

  /** What the attachment is known by. */
  AttachmentKey key() {
    return new AttachmentKey(containerId(), interfaceName());
  }

  /** The value of a key in {@code CNI_ARGS}, {@code K=V;K=V}. */
  Optional<String> argument(String key) {
    return Arrays.stream(environment.getOrDefault("CNI_ARGS", "").split(";", -1))
        .filter(pair -> pair.startsWith(key + "="))
        .map(pair -> pair.substring(key.length() + 1))
        .filter(value -> !value.isEmpty())
        .findFirst();
  }

  /** The same for another attachment, with a document for it, to be handed to another plugin. */
  PluginCall forAttachment(AttachmentKey key, String namespacePath, byte[] document) {
    Map<String, String> variables = new LinkedHashMap<>(environment);
    variables.put("CNI_CONTAINERID", key.containerId());
    variables.put("CNI_IFNAME", key.interfaceName());
    variables.put("CNI_NETNS", namespacePath);
    variables.remove("CNI_ARGS");
    return new PluginCall(isIpam, command, variables, document, Optional.empty());
  }

  /** The same with another document. */
  PluginCall withConfiguration(byte[] document) {
    return new PluginCall(isIpam, command, environment, document, namespace);
  }

  /** For the log: what, for whom, and what the runtime says of it, such as the name of the pod. */
  @Override
  public String toString() {
    return "%s %s %s"
        .formatted(command, key().fileName(), environment.getOrDefault("CNI_ARGS", ""))
        .replaceAll("\\p{Cntrl}", "?");
  }

  /** Where to look for other plugins. */
  List<Path> path() {
    return Arrays.stream(environment.getOrDefault("CNI_PATH", "").split(":", -1))
        .filter(folder -> folder.startsWith("/"))
        .map(Path::of)
        .toList();
  }
}
