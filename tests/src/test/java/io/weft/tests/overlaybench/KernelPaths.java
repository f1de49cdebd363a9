package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Host;
import io.weft.tests.acceptance.Namespace;
import io.weft.tests.acceptance.Underlay;
import java.io.IOException;
import java.util.List;

/** What the kernel does alone: the limits against which overlays are held. */
final class KernelPaths {
  private static final String LEFT = "10.90.0.1";
  private static final String RIGHT = "10.90.0.2";

  /** What VXLAN leaves of the 1500 bytes below (overlay.md C.5). */
  private static final String PORT_MTU = "1450";

  private KernelPaths() {}

  /** One veth pair between two containers, with nothing between. */
  static Route veth(Ground ground) throws Exception {
    Namespace from = ground.underlay().namespace("from");
    Namespace to = ground.underlay().namespace("to");
    from.ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", to.name());
    address(from, "eth0", LEFT);
    address(to, "eth0", RIGHT);
    return new Route(from, to, RIGHT, List.of(), "").whenUp();
  }

  /** A VXLAN device on each host, addresses on the devices themselves. */
  static Route vxlan(Ground ground) throws Exception {
    device(ground.left(), ground.leftAddress(), ground.rightAddress());
    device(ground.right(), ground.rightAddress(), ground.leftAddress());
    address(ground.left().namespace(), "vxlan0", LEFT);
    address(ground.right().namespace(), "vxlan0", RIGHT);
    return new Route(ground.left().namespace(), ground.right().namespace(), RIGHT, List.of(), "")
        .whenUp();
  }

  /** The topology of Weft: container, veth, bridge, overlay, bridge, veth, container. */
  static Route vxlanOnBridges(Ground ground) throws Exception {
    device(ground.left(), ground.leftAddress(), ground.rightAddress());
    device(ground.right(), ground.rightAddress(), ground.leftAddress());
    Namespace from = container(ground, ground.left(), "from", LEFT);
    Namespace to = container(ground, ground.right(), "to", RIGHT);
    return new Route(from, to, RIGHT, List.of(), "").whenUp();
  }

  private static void device(Host host, String local, String remote) throws IOException {
    host.namespace()
        .ip(
            "link",
            "add",
            "vxlan0",
            "type",
            "vxlan",
            "id",
            "7",
            "dstport",
            "4789",
            "dev",
            Underlay.CABLE,
            "local",
            local,
            "remote",
            remote);
    host.namespace().ip("link", "set", "vxlan0", "up");
  }

  private static Namespace container(Ground ground, Host host, String label, String address)
      throws IOException {
    Namespace hostSide = host.namespace();
    Namespace container = ground.underlay().namespace(label);
    hostSide.ip("link", "add", "br0", "type", "bridge");
    hostSide.ip("link", "set", "vxlan0", "master", "br0");
    hostSide.ip(
        "link",
        "add",
        "port",
        "mtu",
        PORT_MTU,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "mtu",
        PORT_MTU,
        "netns",
        container.name());
    hostSide.ip("link", "set", "port", "master", "br0", "up");
    hostSide.ip("link", "set", "br0", "up");
    address(container, "eth0", address);
    return container;
  }

  private static void address(Namespace namespace, String link, String address) throws IOException {
    namespace.ip("addr", "add", address + "/24", "dev", link);
    namespace.ip("link", "set", link, "up");
  }
}
