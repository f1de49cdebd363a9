package io.weft.tests.acceptance;

import java.io.IOException;
import java.util.List;

/**
 * A router between two hosts of an underlay, which can be narrow, lie about it, and lose packets.
 * Each host has an address on its own side; the wire between all hosts is not used.
 */
final class RoutedPath {
  private static final String LEFT = "198.18.1.1";
  private static final String RIGHT = "198.18.2.1";
  private static final String MESH_PORT = "6783";

  private final Namespace router;
  private final List<Host> hosts;

  RoutedPath(Underlay underlay, Host left, Host right) throws IOException {
    router = underlay.namespace("router");
    hosts = List.of(left, right);
    cable(left, "toleft", LEFT, "198.18.1.254");
    cable(right, "toright", RIGHT, "198.18.2.254");
    router.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1").orFail();
    rule("add", "table", "ip", "path");
    rule("add", "chain", "ip", "path", "forward", "{ type filter hook forward priority 0 ; }");
    rule("add", "chain", "ip", "path", "output", "{ type filter hook output priority 0 ; }");
  }

  private void cable(Host host, String port, String address, String gateway) throws IOException {
    Namespace namespace = host.namespace();
    router.ip(
        "link", "add", port, "type", "veth", "peer", "name", "routed", "netns", namespace.name());
    router.ip("addr", "add", gateway + "/24", "dev", port);
    router.ip("link", "set", port, "up");
    namespace.ip("addr", "add", address + "/24", "dev", "routed");
    namespace.ip("link", "set", "routed", "up");
    namespace.ip("route", "add", "198.18.0.0/16", "via", gateway);
  }

  String left() {
    return LEFT;
  }

  String right() {
    return RIGHT;
  }

  /** Narrows the right side; the left host learns of it by ICMP, the right one knows. */
  void narrow(int mtu) throws IOException {
    router.ip("link", "set", "toright", "mtu", Integer.toString(mtu));
    hosts.getLast().namespace().ip("link", "set", "routed", "mtu", Integer.toString(mtu));
  }

  /** Narrows the router and tells nobody: larger packets vanish in both directions. */
  void narrowSilently(int mtu) throws IOException {
    hosts.getLast().namespace().ip("link", "set", "routed", "mtu", "1500");
    // On the way out: a link takes in packets that are longer by a VLAN tag.
    router.ip("link", "set", "toleft", "mtu", Integer.toString(mtu));
    router.ip("link", "set", "toright", "mtu", Integer.toString(mtu));
    rule("add", "rule", "ip", "path", "output", "icmp", "type", "destination-unreachable", "drop");
    for (Host host : hosts) {
      host.namespace().ip("route", "flush", "cache");
    }
  }

  /** Drops every part of a fragmented datagram. */
  void dropFragments() throws IOException {
    // Reached only by what the hosts have cut themselves: the router has nothing reassembled.
    rule(
        "add", "rule", "ip", "path", "forward", "ip", "frag-off", "&", "0x3fff", "!=", "0", "drop");
  }

  /** Drops one datagram in a hundred of the data path, by chance, in both directions. */
  void lose() throws IOException {
    rule(
        "add", "rule", "ip", "path", "forward", "udp", "dport", MESH_PORT, "numgen", "random",
        "mod", "100", "==", "0", "counter", "drop");
  }

  /** Packets that rules with a counter have seen. */
  long counted() throws IOException {
    return router
        .run("nft", "list", "table", "ip", "path")
        .orFail()
        .out()
        .lines()
        .filter(line -> line.contains("counter packets "))
        .mapToLong(line -> Long.parseLong(line.replaceFirst(".*counter packets (\\d+).*", "$1")))
        .sum();
  }

  /** Ends all losses. */
  void heal() throws IOException {
    rule("flush", "chain", "ip", "path", "forward");
  }

  /**
   * Gives the left host's data path another source port, as a translator does whose memory was
   * lost; what still goes to the port of before is dropped.
   */
  void translate(int port) throws IOException {
    String moved = Integer.toString(port);
    rule(
        "add", "rule", "ip", "path", "forward", "ip", "daddr", LEFT, "udp", "dport", MESH_PORT,
        "drop");
    rule(
        "add", "rule", "ip", "path", "forward", "ip", "daddr", LEFT, "udp", "dport", moved,
        "counter", "udp", "dport", "set", MESH_PORT);
    rule(
        "add", "rule", "ip", "path", "forward", "ip", "saddr", LEFT, "udp", "sport", MESH_PORT,
        "udp", "sport", "set", moved);
  }

  private void rule(String... words) throws IOException {
    router.run("nft", String.join(" ", words)).orFail();
  }
}
