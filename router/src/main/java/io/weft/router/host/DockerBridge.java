package io.weft.router.host;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.MacAddress;
import io.weft.linux.Netlink;
import io.weft.router.firewall.FirewallState;
import java.io.IOException;
import java.util.Optional;

/**
 * Docker's own bridge on this host, whose containers stay apart from ours (overlay.md D.2, D.4).
 */
public final class DockerBridge {
  private DockerBridge() {}

  /**
   * Looks at it, and has it keep its MAC, which would else follow its ports, whose neighbours then
   * send into the void.
   *
   * @param name of the bridge
   * @param meshPort port of the mesh, from which Docker's containers are kept away
   * @return what the packet filter must know of it
   * @throws IOException if there is no such bridge in the namespace of the calling thread
   */
  public static FirewallState.DockerBridge prepare(String name, int meshPort) throws IOException {
    try (Netlink netlink = Netlink.open()) {
      Link link =
          netlink
              .links()
              .find(name)
              .filter(found -> found.kind().equals("bridge"))
              .orElseThrow(() ->
                  new IOException(
                      ("--docker-bridge: there is no bridge %s on this host; start Docker first, or"
                              + " launch with --docker-bridge= for none")
                          .formatted(name)));
      // Our choice: the MAC that it has; the original gives it a random one. Set, it stays.
      Optional<MacAddress> mac = link.mac();
      if (mac.isPresent()) {
        netlink.links().setMac(link.index(), mac.get());
      }
      return new FirewallState.DockerBridge(
          name,
          netlink.addresses().list(link.index()).stream().findFirst().map(Ipv4Prefix::address),
          meshPort);
    }
  }
}
