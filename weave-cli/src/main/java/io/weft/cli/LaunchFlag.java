package io.weft.cli;

import org.jspecify.annotations.Nullable;

/**
 * One flag of {@code weave launch}, as Weave Net knows it (features.md 1.4).
 *
 * @param name the name without dashes
 * @param kind what follows the name
 * @param standing what becomes of it here
 * @param environment the variable that gives its default, if any
 * @param description one line for the help text; for a flag that is not supported, what it would do
 */
record LaunchFlag(
    String name, Kind kind, Standing standing, @Nullable String environment, String description) {

  /** What follows a flag on the command line. */
  enum Kind {
    /** Nothing, or {@code =true} and {@code =false}. */
    SWITCH,
    /** A value, after {@code =} or as the next argument. */
    VALUE
  }

  /** What {@code weave launch} does with a flag. */
  enum Standing {
    /** Handed to the router as it is. */
    ROUTER,
    /** Used by the command itself. */
    COMMAND,
    /** Asks for what holds anyway, since there is nothing to switch off. */
    ALREADY_SO,
    /** It is about a service that is gone for everybody: accepted, with a warning. */
    DEAD,
    /** It says how names are resolved: refused, but without effect together with --no-dns. */
    ABOUT_DNS,
    /** Known, and refused by name. */
    NOT_YET
  }

  String spelling() {
    return name.length() == 1 ? "-" + name : "--" + name;
  }

  /**
   * Why {@code value} is refused, or null when it is not. A switch that is turned off, and a value
   * that is empty, ask for nothing.
   *
   * @param withoutDns whether {@code --no-dns} is given, too
   */
  @Nullable String problem(String value, boolean withoutDns) {
    boolean asks = !value.equals("false") && !value.isEmpty();
    return switch (standing) {
      case ALREADY_SO -> value.equals("false") ? spelling() + "=false is not supported yet" : null;
      case ABOUT_DNS ->
          asks && !withoutDns
              ? spelling() + " is not supported yet: there is no DNS; with --no-dns it is accepted"
              : null;
      case NOT_YET -> asks ? spelling() + " is not supported yet" : null;
      case ROUTER, COMMAND, DEAD -> null;
    };
  }

  boolean isPartOfHelp() {
    return standing == Standing.ROUTER || standing == Standing.COMMAND;
  }
}
