package io.weft.cli;

import io.weft.linux.Link;
import java.util.List;
import java.util.regex.Pattern;

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

  /** The kernel overlay's devices; its programs and tables go with them (overlay.md F.1.2). */
  private static final Pattern VXLAN_NAME =
      Pattern.compile("vxlan-([1-9][0-9]{0,4}|peer-[0-9a-f]{3})");

  private Defaults() {}

  /** Whether an interface belongs to the kernel overlay. */
  static boolean isOfTheKernelOverlay(Link link) {
    return link.kind().equals("vxlan") && VXLAN_NAME.matcher(link.name()).matches();
  }
}
