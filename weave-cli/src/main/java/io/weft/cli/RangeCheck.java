package io.weft.cli;

import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Looks for host routes that would take traffic meant for containers (features.md 1.3, step 6). */
final class RangeCheck {
  private static final Path ROUTES = Path.of("/proc/net/route");

  private final Console console;

  RangeCheck(Console console) {
    this.console = console;
  }

  /**
   * Checks the range that the router is about to use.
   *
   * @throws CommandFailure when the default range is taken; one chosen by the user only warns,
   *     since the user may know better
   */
  void check(LaunchArguments launch) throws IOException {
    String chosen = launch.value("ipalloc-range");
    String range = chosen == null ? Defaults.RANGE : chosen;
    if (range.isEmpty()) {
      return;
    }
    Ipv4Prefix prefix;
    try {
      prefix = Ipv4Prefix.parse(range);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.BAD_FLAG, "--ipalloc-range: " + e.getMessage());
    }
    String bridge = launch.value("weave-bridge", Defaults.BRIDGE);
    Optional<HostRoutes.Route> route = HostRoutes.read(ROUTES).overlapping(prefix, bridge);
    if (route.isEmpty()) {
      return;
    }
    if (chosen == null) {
      throw CommandFailure.of(
          "The default --ipalloc-range %s overlaps with the existing route %s.\nChoose another range."
              .formatted(range, route.get()));
    }
    console
        .err()
        .printf(
            "WARNING: --ipalloc-range %s overlaps with the existing route %s.%n",
            range, route.get());
  }
}
