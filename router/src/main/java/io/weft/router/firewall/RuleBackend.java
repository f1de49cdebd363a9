package io.weft.router.firewall;

import java.io.IOException;

/** How the rules get into the kernel. For one thread at a time. */
interface RuleBackend {
  /** Puts the rules for a state in place of those of ours that are there, all at once. */
  void apply(FirewallState state) throws IOException;

  /** Our rules as the kernel has them, in a form that is equal when they are; empty if gone. */
  String present() throws IOException;

  /** Whether this host has the programs for it. */
  boolean isAvailable();

  /** Removes every trace; does nothing where there is none. */
  void remove() throws IOException;
}
