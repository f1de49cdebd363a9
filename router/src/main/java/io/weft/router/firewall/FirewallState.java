package io.weft.router.firewall;

import io.weft.linux.Ipv4Prefix;
import java.util.List;
import java.util.Optional;

/**
 * What the rules follow from.
 *
 * @param bridge name of the bridge
 * @param controlPort port of the control API on loopback, if it is there
 * @param exposed addresses of the bridge, with the prefix lengths of their subnets
 * @param keepsLocalSources whether connections to containers of this host keep their source even
 *     when they come from outside ({@code --no-masq-local})
 * @param localRanges the ranges that this host's allocator owns; matter with the above
 */
public record FirewallState(
    String bridge,
    Optional<Integer> controlPort,
    List<Exposed> exposed,
    boolean keepsLocalSources,
    List<Ipv4Prefix> localRanges) {

  /** Takes copies of the lists. */
  public FirewallState {
    exposed = List.copyOf(exposed);
    localRanges = List.copyOf(localRanges);
  }

  /**
   * An address of the bridge.
   *
   * @param masquerades whether what comes into the subnet from outside, or leaves it, takes the
   *     host's address
   */
  public record Exposed(Ipv4Prefix address, boolean masquerades) {}

  /** The same with other exposed addresses. */
  public FirewallState withExposed(List<Exposed> addresses) {
    return new FirewallState(bridge, controlPort, addresses, keepsLocalSources, localRanges);
  }

  /** The same with other ranges. */
  public FirewallState withLocalRanges(List<Ipv4Prefix> ranges) {
    return new FirewallState(bridge, controlPort, exposed, keepsLocalSources, ranges);
  }

  /** Subnets of the exposed addresses, each once. */
  List<Ipv4Prefix> exposedSubnets() {
    return exposed.stream().map(one -> one.address().network()).distinct().toList();
  }

  /** Subnets that are masqueraded, each once. */
  List<Ipv4Prefix> masqueradedSubnets() {
    return exposed.stream()
        .filter(Exposed::masquerades)
        .map(one -> one.address().network())
        .distinct()
        .toList();
  }
}
