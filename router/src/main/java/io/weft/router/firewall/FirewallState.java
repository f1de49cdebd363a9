package io.weft.router.firewall;

import io.weft.fastpath.EspPath;
import io.weft.fastpath.EspRules;
import io.weft.linux.Ipv4Address;
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
 * @param encrypted between which addresses VXLAN is encrypted
 * @param docker Docker's bridge, whose containers are kept apart from ours
 */
public record FirewallState(
    String bridge,
    Optional<Integer> controlPort,
    List<Exposed> exposed,
    boolean keepsLocalSources,
    List<Ipv4Prefix> localRanges,
    List<EspPath> encrypted,
    Optional<DockerBridge> docker) {

  /** By specification (overlay.md C.8.4): what is to be encrypted, and what was. */
  public static final int ESP_MARK = EspRules.MARK;

  /** Takes copies of the lists. */
  public FirewallState {
    exposed = List.copyOf(exposed);
    localRanges = List.copyOf(localRanges);
    encrypted = List.copyOf(encrypted);
  }

  /**
   * An address of the bridge.
   *
   * @param masquerades whether what comes into the subnet from outside, or leaves it, takes the
   *     host's address
   */
  public record Exposed(Ipv4Prefix address, boolean masquerades) {}

  /**
   * Docker's bridge (overlay.md D.4).
   *
   * @param name of the interface
   * @param address the first that it has
   * @param meshPort TCP and UDP of the mesh; UDP of VXLAN is the next one
   */
  public record DockerBridge(String name, Optional<Ipv4Address> address, int meshPort) {}

  /** The bridge whose traffic to our containers is dropped: not our own, should it be the same. */
  Optional<String> isolatedBridge() {
    return docker.map(DockerBridge::name).filter(name -> !name.equals(bridge));
  }

  /** The same with other exposed addresses. */
  public FirewallState withExposed(List<Exposed> addresses) {
    return new FirewallState(
        bridge, controlPort, addresses, keepsLocalSources, localRanges, encrypted, docker);
  }

  /** The same with other ranges. */
  public FirewallState withLocalRanges(List<Ipv4Prefix> ranges) {
    return new FirewallState(
        bridge, controlPort, exposed, keepsLocalSources, ranges, encrypted, docker);
  }

  /** The same with other encrypted VXLAN. */
  public FirewallState withEncrypted(List<EspPath> paths) {
    return new FirewallState(
        bridge, controlPort, exposed, keepsLocalSources, localRanges, paths, docker);
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
