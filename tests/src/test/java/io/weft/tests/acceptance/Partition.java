package io.weft.tests.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A wire cut in two without anybody being told: every host loses the TCP and UDP packets that come
 * from the other side, both ways, until {@link #heal}.
 */
final class Partition {
  private static final String TABLE = "weft-partition";

  private final List<Host> hosts;

  private Partition(List<Host> hosts) {
    this.hosts = hosts;
  }

  /** Cuts the wire between two groups of hosts. */
  static Partition between(List<Host> one, List<Host> other) throws IOException {
    for (Host host : one) {
      drop(host, other);
    }
    for (Host host : other) {
      drop(host, one);
    }
    return new Partition(List.of(one, other).stream().flatMap(List::stream).toList());
  }

  /** Lets everything through again. */
  void heal() throws IOException {
    for (Host host : hosts) {
      nft(host, "delete table inet " + TABLE + "\n");
    }
  }

  private static void drop(Host host, List<Host> others) throws IOException {
    String addresses = others.stream().map(Host::address).collect(Collectors.joining(", "));
    nft(
        host,
        """
        table inet %s {
          chain arriving {
            type filter hook prerouting priority -300;
            ip saddr { %s } meta l4proto { tcp, udp } drop
          }
        }
        """
            .formatted(TABLE, addresses));
  }

  private static void nft(Host host, String ruleset) throws IOException {
    Path file = Files.createTempFile("weft-test", ".nft");
    try {
      Files.writeString(file, ruleset);
      host.namespace().run("nft", "-f", file.toString()).orFail();
    } finally {
      Files.delete(file);
    }
  }
}
