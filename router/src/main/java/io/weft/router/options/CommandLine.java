package io.weft.router.options;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A command line taken apart: {@code --flag value}, {@code --flag=value}, and everything else a
 * peer. A flag given twice counts with its last value.
 */
record CommandLine(Map<Flag, String> flags, List<String> peers) {
  /** Flags of the original that this version does not have yet. */
  private static final Set<String> NOT_YET =
      Set.of(
          "advertise-address",
          "awsvpc",
          "dns-domain",
          "dns-fallback-timeout",
          "dns-listen-address",
          "dns-ttl",
          "docker-api",
          "docker-bridge",
          "expect-npc",
          "host-root",
          "no-bridged-fastdp",
          "no-dns",
          "no-masq-local",
          "pkt-debug",
          "pktdebug",
          "plugin",
          "plugin-mesh-socket",
          "plugin-socket",
          "plugin-v2",
          "plugin-v2-multicast",
          "proc-path",
          "profile",
          "proxy",
          "resolv-conf");

  static CommandLine parse(List<String> arguments) throws UsageException {
    Map<Flag, String> flags = new EnumMap<>(Flag.class);
    List<String> peers = new ArrayList<>();
    int at = 0;
    while (at < arguments.size()) {
      String argument = arguments.get(at++);
      if (argument.equals("--")) {
        peers.addAll(arguments.subList(at, arguments.size()));
        break;
      }
      if (!argument.startsWith("-") || argument.equals("-")) {
        peers.add(argument);
        continue;
      }
      int equals = argument.indexOf('=');
      Flag flag = flag(equals < 0 ? argument : argument.substring(0, equals));
      if (equals >= 0) {
        flags.put(flag, argument.substring(equals + 1));
      } else if (!flag.takesValue()) {
        flags.put(flag, "true");
      } else if (at < arguments.size()) {
        flags.put(flag, arguments.get(at++));
      } else {
        throw new UsageException(UsageException.BAD_FLAG, "flag needs an argument: " + flag);
      }
    }
    return new CommandLine(flags, peers);
  }

  private static Flag flag(String written) throws UsageException {
    String name = written.startsWith("--") ? written.substring(2) : "";
    if (name.equals("password")) {
      throw new UsageException(
          UsageException.BAD_FLAG,
          "the password is taken from the environment variable WEAVE_PASSWORD, not from "
              + written
              + ", since everybody on this host can read a command line");
    }
    String problem =
        NOT_YET.contains(name)
            ? "this version does not support the flag " + written + " yet"
            : "flag provided but not defined: " + written;
    return Flag.find(name)
        .orElseThrow(() ->
            new UsageException(
                UsageException.BAD_FLAG, problem + "; accepted are: " + Flag.accepted()));
  }
}
