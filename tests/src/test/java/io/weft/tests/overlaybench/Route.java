package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Await;
import io.weft.tests.acceptance.Namespace;
import java.time.Duration;
import java.util.List;

/**
 * A path that is up: where traffic starts, where it ends, and who carries it.
 *
 * @param address the far end's address on the path
 * @param daemons processes of both hosts that carry the traffic; empty when the kernel does
 * @param note what the measured program says of its mode; may be empty
 */
record Route(Namespace from, Namespace to, String address, List<Long> daemons, String note) {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  Route {
    daemons = List.copyOf(daemons);
  }

  /** This route once the far end has answered. */
  Route whenUp() throws Exception {
    Await.until(
        address + " answers",
        LIMIT,
        () -> from.run("ping", "-n", "-c", "1", "-W", "1", address),
        output -> output.exit() == 0);
    return this;
  }
}
