package io.weft.router.options;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A command line taken apart: {@code --flag value}, {@code --flag=value}, and everything else a
 * peer. A flag given twice counts with its last value.
 *
 * @param ignored what was given and has no effect although it asks for something, for the log
 */
record CommandLine(Map<Flag, String> flags, List<String> peers, List<String> ignored) {
  /** Spellings of older releases that scripts still use. */
  private static final Map<String, String> OLD_SPELLINGS =
      Map.of(
          "-password", "--password", "-iprange", "--ipalloc-range", "--iprange", "--ipalloc-range");

  CommandLine {
    ignored = List.copyOf(ignored);
  }

  static CommandLine parse(List<String> arguments) throws UsageException {
    Map<Flag, String> flags = new EnumMap<>(Flag.class);
    Map<ForeignFlag, String> foreign = new LinkedHashMap<>();
    List<String> peers = new ArrayList<>();
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      String argument = rest.next();
      if (argument.equals("--")) {
        rest.forEachRemaining(peers::add);
        break;
      }
      if (!argument.startsWith("-") || argument.equals("-")) {
        peers.add(argument);
        continue;
      }
      int equals = argument.indexOf('=');
      String written = equals < 0 ? argument : argument.substring(0, equals);
      String name = nameOf(OLD_SPELLINGS.getOrDefault(written, written));
      Optional<Flag> flag = Flag.find(name);
      ForeignFlag other = ForeignFlag.find(name);
      if (flag.isEmpty() && other == null) {
        throw refused("flag provided but not defined: " + written);
      }
      boolean takesValue = other == null ? flag.get().takesValue() : other.takesValue();
      String value = equals < 0 ? "true" : argument.substring(equals + 1);
      if (equals < 0 && takesValue) {
        if (!rest.hasNext()) {
          throw refused("flag needs an argument: " + written);
        }
        value = rest.next();
      }
      if (other == null) {
        flags.put(flag.get(), value);
      } else {
        foreign.put(other, value);
      }
    }
    return new CommandLine(flags, peers, withoutEffect(foreign));
  }

  /** Nothing that any flag is called when there are not two dashes, but for {@code -H}. */
  private static String nameOf(String written) {
    return written.startsWith("--") ? written.substring(2) : written.equals("-H") ? "H" : "";
  }

  private static List<String> withoutEffect(Map<ForeignFlag, String> foreign)
      throws UsageException {
    boolean withoutDns = ForeignFlag.isGiven(foreign, "no-dns");
    List<String> ignored = new ArrayList<>();
    for (Map.Entry<ForeignFlag, String> given : foreign.entrySet()) {
      ForeignFlag flag = given.getKey();
      String problem = flag.problem(given.getValue(), withoutDns);
      if (problem != null) {
        throw refused(problem);
      }
      if (flag.isDead() && !given.getValue().isEmpty()) {
        ignored.add("%s has no effect: the service that it is about is gone".formatted(flag));
      }
    }
    return ignored;
  }

  private static UsageException refused(String problem) {
    return new UsageException(
        UsageException.BAD_FLAG, problem + "; accepted are: " + Flag.accepted());
  }
}
