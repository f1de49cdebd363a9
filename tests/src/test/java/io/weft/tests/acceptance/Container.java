package io.weft.tests.acceptance;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A namespace attached to the overlay, standing for a container. */
public final class Container {
  private final Namespace namespace;
  private final String address;

  Container(Namespace namespace, String address) {
    this.namespace = namespace;
    this.address = address;
  }

  public Namespace namespace() {
    return namespace;
  }

  /** Its overlay address in dotted form. */
  public String address() {
    return address;
  }

  /** Pings until an answer comes, as routes and overlays may still be on their way. */
  public void reaches(Container other, String... pingOptions) throws Exception {
    Await.until(
        "%s reaches %s at %s".formatted(namespace.name(), other.namespace.name(), other.address),
        Duration.ofSeconds(45),
        () -> ping(other.address, pingOptions),
        output -> output.exit() == 0);
  }

  /** One echo request with a second's patience. */
  Command.Output ping(String target, String... options) throws IOException {
    String[] command = new String[options.length + 7];
    System.arraycopy(new String[] {"ping", "-n", "-c", "1", "-W", "1"}, 0, command, 0, 6);
    System.arraycopy(options, 0, command, 6, options.length);
    command[command.length - 1] = target;
    return namespace.run(command);
  }

  /** Has each of them ping each other one until an answer comes. */
  static void allReachEachOther(List<Container> containers) throws Exception {
    for (Container from : containers) {
      for (Container to : containers) {
        if (!from.equals(to)) {
          from.reaches(to);
        }
      }
    }
  }
}
