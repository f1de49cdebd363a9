package io.weft.cni;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Sends requests that the router may keep waiting, and says meanwhile why they wait. The router is
 * asked again and again with a time limit, at whose end it gives its reason. A router that knows no
 * limit, such as Weave Net's, just keeps the request waiting.
 *
 * <p>May be used from any thread.
 */
public final class PatientClient {
  /** Our choice: longer than a healthy mesh needs, and short enough to wonder. */
  private static final Duration FIRST_WAIT = Duration.ofSeconds(2);

  /** Our choice: seldom enough, since a repeated request queues up behind the others. */
  private static final Duration NEXT_WAIT = Duration.ofSeconds(10);

  private static final int STATUS_UNAVAILABLE = 503;
  private static final String WAITED = " after [0-9hms]+:";

  private final ControlClient client;
  private final Optional<Duration> limit;
  private final Consumer<String> onReason;

  /**
   * A client that has asked for nothing yet.
   *
   * @param limit the longest wait, in whole seconds; as long as it takes if not given
   * @param onReason told why a request waits, in one line, each time that this changes
   */
  public PatientClient(ControlClient client, Optional<Duration> limit, Consumer<String> onReason) {
    this.client = client;
    this.limit = limit;
    this.onReason = onReason;
  }

  /**
   * Requests {@code path} until there is an answer or the limit has passed.
   *
   * @return the answer; with status 503 and the reason when there was none
   */
  public ControlAnswer request(String method, String path) throws IOException {
    Duration waited = Duration.ZERO;
    Duration wait = FIRST_WAIT;
    String lastReason = "";
    while (true) {
      Duration remaining = limit.orElse(wait.plus(waited)).minus(waited);
      wait = wait.compareTo(remaining) < 0 ? wait : remaining;
      String timeout = (path.contains("?") ? "&" : "?") + "timeout=" + wait.toSeconds() + "s";
      ControlAnswer answer = client.request(method, path + timeout);
      waited = waited.plus(wait);
      wait = NEXT_WAIT;
      if (answer.status() != STATUS_UNAVAILABLE) {
        return answer;
      }
      if (limit.isPresent() && waited.compareTo(limit.get()) >= 0) {
        String total = " after " + waited.toSeconds() + "s:";
        return new ControlAnswer(answer.status(), answer.body().replaceFirst(WAITED, total));
      }
      String reason = answer.body().lines().findFirst().orElse("").replaceFirst(WAITED, ":");
      if (!reason.equals(lastReason)) {
        lastReason = reason;
        onReason.accept(reason);
      }
    }
  }
}
