package io.weft.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What surrounds a command: where it prints, its environment and where the distribution lies. Tests
 * give their own.
 *
 * @param out standard output, for what scripts read
 * @param err standard error, for what people read
 * @param environment the environment variables
 * @param home the directory that holds {@code bin} and {@code lib}
 * @param runRoot the directory below which each network namespace has its pid file and log
 */
record Console(
    PrintWriter out, PrintWriter err, Map<String, String> environment, Path home, Path runRoot) {

  /** The value of {@code name}, or null when it is unset or empty, as the shell would see it. */
  @Nullable String variable(String name) {
    String value = environment.get(name);
    return value == null || value.isEmpty() ? null : value;
  }
}
