package io.weft.cli.demo;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The namespaces in which the demonstration plays: three hosts joined by a bridge that stands in a
 * namespace of its own, so that nothing of it shows in the namespace of the machine.
 *
 * <p>All names begin with the name of the stage, and {@link Scenery} removes whatever bears it.
 */
final class Stage implements AutoCloseable {
  private static final int HOSTS = 3;
  private static final int UNDERLAY_MTU_BYTES = 1500;
  private static final String UNDERLAY_BRIDGE = "underlay";
  private static final String LOOPBACK = "lo";

  /** A network for documentation (RFC 5737): it can not be in use on a real host. */
  private static final String UNDERLAY_PREFIX = "192.0.2.";

  private static final int FIRST_HOST_OCTET = 11;

  private final String name;
  private final Path weave;
  private final Path directory;
  private final List<NetworkNamespace> namespaces = new ArrayList<>();
  private final List<Host> hosts = new ArrayList<>();

  /** Guarded by this. */
  private boolean struck;

  Stage(String name, Path weave, Path directory) {
    this.name = name;
    this.weave = weave;
    this.directory = directory;
  }

  List<Host> hosts() {
    return hosts;
  }

  /** Makes the underlay and the hosts; routers and containers come later. */
  void build(String password) throws IOException {
    Files.createDirectories(directory);
    NetworkNamespace underlay = addNamespace("underlay");
    try (Netlink netlink = Netlink.open(underlay)) {
      netlink.links().createBridge(UNDERLAY_BRIDGE);
      netlink.links().setUp(netlink.links().get(UNDERLAY_BRIDGE).index());
    }
    for (int i = 1; i <= HOSTS; i++) {
      hosts.add(addHost(i, underlay, password));
    }
  }

  private Host addHost(int number, NetworkNamespace underlay, String password) throws IOException {
    String nickname = "host" + number;
    NetworkNamespace namespace = addNamespace(nickname);
    String address = UNDERLAY_PREFIX + (FIRST_HOST_OCTET + number - 1);
    try (Netlink netlink = Netlink.open(underlay)) {
      String port = "to-" + nickname;
      netlink.links().createVethPair(port, "temporary", UNDERLAY_MTU_BYTES);
      Link inside = netlink.links().get(port);
      netlink.links().enslave(inside.index(), netlink.links().get(UNDERLAY_BRIDGE).index());
      netlink.links().setUp(inside.index());
      netlink.links().move(netlink.links().get("temporary").index(), namespace, "eth0");
    }
    configure(namespace, "eth0", Ipv4Prefix.parse(address + "/24"));
    Host.Settings settings =
        new Host.Settings(
            weave,
            "02:ef:7e:00:00:%02x".formatted(number),
            nickname,
            directory.resolve(nickname + "-"),
            password);
    return new Host(name + "-" + nickname, namespace, address, settings);
  }

  private static void configure(NetworkNamespace namespace, String link, Ipv4Prefix address)
      throws IOException {
    try (Netlink netlink = Netlink.open(namespace)) {
      netlink.links().setUp(netlink.links().get(LOOPBACK).index());
      int index = netlink.links().get(link).index();
      netlink.addresses().add(index, address);
      netlink.links().setUp(index);
    }
  }

  /** Makes a container, the {@code number}-th of its host, and has the host attach it. */
  Host.Container addContainer(Host host, int number) throws IOException, DemoFailure {
    String suffix = host.nickname() + "-c" + number;
    return host.attach(name + "-" + suffix, addNamespace(suffix));
  }

  /** Two namespaces with nothing but a veth pair between them, to compare the overlay with. */
  List<NetworkNamespace> addPlainPair(Ipv4Prefix left, Ipv4Prefix right) throws IOException {
    NetworkNamespace first = addNamespace("plain1");
    NetworkNamespace second = addNamespace("plain2");
    try (Netlink netlink = Netlink.open(first)) {
      netlink.links().createVethPair("eth0", "temporary", UNDERLAY_MTU_BYTES);
      netlink.links().move(netlink.links().get("temporary").index(), second, "eth0");
    }
    configure(first, "eth0", left);
    configure(second, "eth0", right);
    return List.of(first, second);
  }

  private synchronized NetworkNamespace addNamespace(String suffix) throws IOException {
    if (struck) {
      throw new IOException("the demonstration is being removed");
    }
    NetworkNamespace namespace = NetworkNamespace.create(name + "-" + suffix);
    namespaces.add(namespace);
    return namespace;
  }

  /** Nothing is added from now on, so that what is removed stays removed. */
  synchronized void strike() {
    struck = true;
  }

  /** Lets go of the namespaces, which then live only by their names. */
  @Override
  public void close() {
    namespaces.forEach(NetworkNamespace::close);
  }
}
