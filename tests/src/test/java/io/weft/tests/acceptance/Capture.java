package io.weft.tests.acceptance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Everything that crosses an interface from {@link #start} to {@link #close}. */
final class Capture implements AutoCloseable {
  private final Process process;
  private final Path file;
  private final Path messages;

  private Capture(Process process, Path file, Path messages) {
    this.process = process;
    this.file = file;
    this.messages = messages;
  }

  /** Captures from now on; {@code filter} in the words of libpcap. */
  static Capture start(Namespace namespace, String link, String... filter) throws Exception {
    Path file = Files.createTempFile("weft-test", ".pcap");
    Path messages = Files.createTempFile("weft-test", ".tcpdump");
    List<String> command =
        new ArrayList<>(
            List.of(
                "tcpdump",
                "-i",
                link,
                "-U",
                "-s",
                "0",
                "--immediate-mode",
                "-Z",
                "root",
                "-w",
                file.toString()));
    command.addAll(List.of(filter));
    Process process =
        new ProcessBuilder(namespace.inside(command)).redirectError(messages.toFile()).start();
    Capture capture = new Capture(process, file, messages);
    Await.until(
        "tcpdump listens on " + link,
        Duration.ofSeconds(20),
        () -> Files.readString(messages),
        text -> text.contains("listening on"));
    return capture;
  }

  /** How often a text occurs in what was captured so far. */
  int count(String text) throws IOException {
    String haystack = Files.readString(file, StandardCharsets.ISO_8859_1);
    int count = 0;
    for (int at = haystack.indexOf(text); at >= 0; at = haystack.indexOf(text, at + 1)) {
      count++;
    }
    return count;
  }

  /** Bytes captured so far. */
  long size() throws IOException {
    return Files.size(file);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    Files.deleteIfExists(file);
    Files.deleteIfExists(messages);
  }
}
