package io.weft.cli;

import java.util.List;

/** Defaults of the router that commands must know as well. */
final class Defaults {
  static final String BRIDGE = "weave";
  static final String DATABASE_PREFIX = "/var/lib/weave/weave";

  /**
   * What the router appends to the prefix: its state, its lock, the bridge's addresses, sysctls.
   */
  static final List<String> DATABASE_SUFFIXES =
      List.of(
          "data.db", "data.db.new", "data.db.lock", "expose", "expose.new", "sysctl", "sysctl.new");

  /** A folder likewise: what the CNI plugins have attached. */
  static final String ATTACHMENTS_SUFFIX = "cni";

  private Defaults() {}
}
