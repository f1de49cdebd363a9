package io.weft.tests.acceptance;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pings every ten milliseconds, until it is closed; ten minutes at most. */
public final class PingStream implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** How many make sure that it goes on. */
  private static final int SOME = 50;

  private static final Pattern ANSWER = Pattern.compile("icmp_seq=([0-9]+) .*time=");

  private final Process ping;

  /** When the answers came, by the pings' numbers from one on; guarded by itself. */
  private final TreeMap<Integer, Long> answers = new TreeMap<>();

  private PingStream(Process ping) {
    this.ping = ping;
  }

  /** Begins. */
  public static PingStream between(Container from, Container to) throws IOException {
    List<String> command = List.of("ping", "-n", "-i", "0.01", to.address());
    PingStream stream =
        new PingStream(
            new ProcessBuilder(from.namespace().inside(command)).redirectErrorStream(true).start());
    Thread.ofVirtual().start(stream::read);
    return stream;
  }

  /** Waits until answers have come to pings that were sent after this call. */
  public void awaitMore() throws Exception {
    int before = last();
    Await.until("the pings go on", LIMIT, this::last, last -> last >= before + SOME);
  }

  /** How many pings before the last that was answered were not. */
  public int lost() {
    synchronized (answers) {
      return answers.isEmpty() ? 0 : answers.lastKey() - answers.size();
    }
  }

  /** When the first answer after a time came, by {@link System#nanoTime}. */
  public OptionalLong firstAfter(long nanos) {
    synchronized (answers) {
      return answers.values().stream()
          .mapToLong(Long::longValue)
          .filter(came -> came - nanos > 0)
          .findFirst();
    }
  }

  /** The number of the last ping that was answered. */
  private int last() {
    synchronized (answers) {
      return answers.isEmpty() ? 0 : answers.lastKey();
    }
  }

  @Override
  public void close() {
    ping.destroyForcibly().onExit().join();
  }

  private void read() {
    try (BufferedReader lines = ping.inputReader(StandardCharsets.US_ASCII)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher answer = ANSWER.matcher(line);
        if (answer.find()) {
          synchronized (answers) {
            answers.put(Integer.parseInt(answer.group(1)), System.nanoTime());
          }
        }
      }
    } catch (IOException e) {
      // It has been ended: the answers so far count.
    }
  }
}
