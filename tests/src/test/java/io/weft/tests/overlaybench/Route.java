package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Await;
import io.weft.tests.acceptance.Namespace;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A path that is up: where traffic starts, where it ends, and who carries it.
 *
 * @param address the far end's address on the path
 * @param daemons processes of both hosts that carry the traffic; empty when the kernel does
 * @param note what the measured program says of its mode; may be empty
 */
record Route(Namespace from, Namespace to, String address, List<Long> daemons, String note) {
  private static final Pattern MTU = Pattern.compile(" mtu ([0-9]{2,5}) ");
  private static final Duration LIMIT = Duration.ofSeconds(30);

  Route {
    daemons = List.copyOf(daemons);
  }

  /** MTU of an interface at the near end, in bytes. */
  int mtu(String link) throws IOException {
    Matcher mtu = MTU.matcher(from.ip("link", "show", link));
    if (!mtu.find()) {
      throw new IOException("no MTU of " + link);
    }
    return Integer.parseInt(mtu.group(1));
  }

  /** Sets the MTU of the interfaces at both ends. */
  void setMtu(String link, int bytes) throws IOException {
    from.ip("link", "set", link, "mtu", Integer.toString(bytes));
    to.ip("link", "set", link, "mtu", Integer.toString(bytes));
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
