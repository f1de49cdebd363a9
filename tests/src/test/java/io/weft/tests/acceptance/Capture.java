package io.weft.tests.acceptance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Everything that crosses an interface from {@link #start} to {@link #close}. */
final class Capture implements AutoCloseable {
  /** Sizes of the parts of a capture file. */
  private static final int FILE_HEADER = 24;

  private static final int RECORD_HEADER = 16;
  private static final int ETHERNET_HEADER = 14;

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

  /** What the UDP datagrams over IPv4 captured so far carry, in their order. */
  List<byte[]> udpPayloads() throws IOException {
    ByteBuffer capture = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
    List<byte[]> payloads = new ArrayList<>();
    int at = FILE_HEADER;
    while (at + RECORD_HEADER <= capture.limit()) {
      int length = capture.getInt(at + RECORD_HEADER / 2);
      int frame = at + RECORD_HEADER;
      at = frame + length;
      if (at > capture.limit()) {
        break;
      }
      int payload = frame + ETHERNET_HEADER + (capture.get(frame + ETHERNET_HEADER) & 0xf) * 4 + 8;
      byte[] bytes = new byte[at - payload];
      capture.get(payload, bytes);
      payloads.add(bytes);
    }
    return payloads;
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
