package io.weft.cli;

import io.weft.cli.LaunchFlag.Kind;
import io.weft.cli.LaunchFlag.Standing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of {@code weave launch}, sorted into flags and peers.
 *
 * @param flags the value of each flag that was given; {@code true} or {@code false} for a switch
 * @param peers the peers to dial, in the order given
 */
record LaunchArguments(Map<LaunchFlag, String> flags, List<String> peers) {

  /**
   * Sorts {@code arguments}.
   *
   * @throws CommandFailure with {@link ExitCode#BAD_FLAG} at a flag that is unknown, not supported
   *     yet, or lacks its value
   */
  static LaunchArguments parse(List<String> arguments) {
    Map<LaunchFlag, String> flags = new LinkedHashMap<>();
    List<String> peers = new ArrayList<>();
    int next = 0;
    while (next < arguments.size()) {
      String argument = arguments.get(next++);
      if (argument.equals("--")) {
        peers.addAll(arguments.subList(next, arguments.size()));
        break;
      }
      if (!argument.startsWith("-")) {
        peers.add(argument);
        continue;
      }
      int equals = argument.indexOf('=');
      String spelling = equals < 0 ? argument : argument.substring(0, equals);
      String value = equals < 0 ? null : argument.substring(equals + 1);
      LaunchFlag flag = LaunchFlags.find(spelling);
      if (flag == null) {
        throw refused("unknown flag " + spelling);
      }
      if (flag.kind() == Kind.VALUE && value == null) {
        if (next == arguments.size()) {
          throw refused(spelling + " needs a value");
        }
        value = arguments.get(next++);
      }
      if (flag.kind() == Kind.SWITCH) {
        value = switchValue(spelling, value);
      }
      flags.put(flag, value == null ? "" : value);
    }
    LaunchArguments launch = new LaunchArguments(flags, peers);
    launch.refuseWhatIsNotThere();
    return launch;
  }

  private static String switchValue(String spelling, @Nullable String value) {
    return switch (value == null ? "true" : value) {
      case "true", "1" -> "true";
      case "false", "0" -> "false";
      default -> throw refused(spelling + " is true or false, not \"" + value + "\"");
    };
  }

  private void refuseWhatIsNotThere() {
    boolean withoutDns = isOn("no-dns");
    flags.forEach((flag, value) -> {
      String problem = flag.problem(value, withoutDns);
      if (problem != null) {
        throw refused(problem);
      }
    });
  }

  /** What was given and has no effect although it asks for something. */
  List<String> remarks() {
    return flags.entrySet().stream()
        .filter(given -> given.getKey().standing() == Standing.DEAD && !given.getValue().isEmpty())
        .map(given ->
            given.getKey().spelling() + " has no effect: the service that it is about is gone.")
        .toList();
  }

  private static CommandFailure refused(String reason) {
    String accepted =
        LaunchFlags.accepted().map(LaunchFlag::spelling).collect(Collectors.joining(" "));
    return new CommandFailure(ExitCode.BAD_FLAG, reason + "\nThis release accepts: " + accepted);
  }

  /** The value of the flag called {@code name}, or null when it was not given. */
  @Nullable String value(String name) {
    LaunchFlag flag = LaunchFlags.find("--" + name);
    return flag == null ? null : flags.get(flag);
  }

  /** The value of the flag called {@code name}, or {@code otherwise} when it was not given. */
  String value(String name, String otherwise) {
    String value = value(name);
    return value == null ? otherwise : value;
  }

  boolean isOn(String name) {
    return "true".equals(value(name));
  }

  /**
   * These arguments with the flags added that only {@code environment} sets. The router reads the
   * addresses of its listeners, and its password, there by itself.
   *
   * @throws CommandFailure when one of them is not supported
   */
  LaunchArguments with(Map<String, String> environment) {
    Map<LaunchFlag, String> all = new LinkedHashMap<>(flags);
    LaunchFlags.all()
        .filter(flag -> flag.environment() != null && flag.standing() != Standing.COMMAND)
        .forEach(flag -> {
          String value = environment.getOrDefault(flag.environment(), "");
          if (!value.isEmpty()) {
            // Any text at all turns a switch on (features.md 1.5).
            all.putIfAbsent(flag, flag.kind() == Kind.SWITCH ? "true" : value);
          }
        });
    LaunchArguments launch = new LaunchArguments(all, peers);
    launch.refuseWhatIsNotThere();
    return launch;
  }

  /** These arguments with a flag added that nobody has set, unless its value is empty. */
  LaunchArguments withDefault(String name, String value) {
    LaunchFlag flag = LaunchFlags.find("--" + name);
    if (flag == null || value.isEmpty() || flags.containsKey(flag)) {
      return this;
    }
    Map<LaunchFlag, String> all = new LinkedHashMap<>(flags);
    all.put(flag, value);
    return new LaunchArguments(all, peers);
  }

  /** The arguments for the router: its flags in one spelling, then the peers. No secrets. */
  List<String> forRouter() {
    List<String> arguments = new ArrayList<>();
    flags.forEach((flag, value) -> {
      if (flag.standing() != Standing.ROUTER) {
        return;
      }
      if (flag.kind() == Kind.VALUE) {
        arguments.add(flag.spelling() + "=" + value);
      } else if (value.equals("true")) {
        arguments.add(flag.spelling());
      }
    });
    arguments.addAll(peers);
    return arguments;
  }
}
