package io.weft.cli;

import java.util.List;

/** Defaults of the router that commands must know as well. */
final class Defaults {
  static final String BRIDGE = "weave";
  static final String DATABASE_PREFIX = "/var/lib/weave/weave";

  /** What the router appends to the prefix: its state, the next state, and its lock. */
  static final List<String> DATABASE_SUFFIXES = List.of("data.db", "data.db.new", "data.db.lock");

  private Defaults() {}
}
