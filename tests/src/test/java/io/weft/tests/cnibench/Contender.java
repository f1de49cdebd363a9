package io.weft.tests.cnibench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A plugin with a configuration, called as a container runtime calls it.
 *
 * @param name what the report calls it
 * @param line its program with arguments
 * @param folders {@code CNI_PATH}
 * @param configuration the document on standard input
 */
record Contender(String name, List<String> line, String folders, String configuration) {
  /**
   * Calls the plugin in the network namespace of the calling thread and waits for its end.
   *
   * @return nanoseconds from its start to its end
   * @throws IOException with what it printed, when it fails
   */
  long call(String command, String id, Path namespace) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(line);
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", id);
    environment.put("CNI_NETNS", namespace.toString());
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_PATH", folders);
    builder.redirectErrorStream(true);
    long start = System.nanoTime();
    Process process = builder.start();
    try (OutputStream input = process.getOutputStream()) {
      input.write(configuration.getBytes(StandardCharsets.UTF_8));
    }
    byte[] printed = process.getInputStream().readAllBytes();
    int exit;
    try {
      exit = process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + name + " ran", e);
    }
    long nanos = System.nanoTime() - start;
    if (exit != 0) {
      throw new IOException(
          "%s %s: %s".formatted(name, command, new String(printed, StandardCharsets.UTF_8)));
    }
    return nanos;
  }
}
