package io.weft.cli;

/** Defaults of the router that commands must know as well. */
final class Defaults {
  static final String BRIDGE = "weave";
  static final String DATABASE_PREFIX = "/var/lib/weave/weave";

  /** What the router appends to the prefix of its state file. */
  static final String DATABASE_SUFFIX = "data.db";

  private Defaults() {}
}
