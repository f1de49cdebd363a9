package io.weft.linux;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Network namespaces with names unique to this process, all removed on close. */
public final class TestNamespaces implements AutoCloseable {
  private static final AtomicInteger SERIAL = new AtomicInteger();

  private final List<NetworkNamespace> open = new ArrayList<>();
  private final List<String> names = new ArrayList<>();

  /** Makes a namespace with the loopback interface up. */
  public NetworkNamespace create() throws IOException {
    String name = "weft-t" + ProcessHandle.current().pid() + "-" + SERIAL.incrementAndGet();
    NetworkNamespace namespace = NetworkNamespace.create(name);
    names.add(name);
    open.add(namespace);
    try (Netlink netlink = Netlink.open(namespace)) {
      netlink.links().setUp(netlink.links().get("lo").index());
    }
    return namespace;
  }

  /** Name of the namespace made last. */
  public String lastName() {
    return names.getLast();
  }

  /**
   * Joins two namespaces by a veth pair, each end up with its address.
   *
   * @return indexes of the interface in the first and the second
   */
  public static int[] join(
      NetworkNamespace first, NetworkNamespace second, String name, String net, int mtuBytes)
      throws IOException {
    try (Netlink near = Netlink.open(first);
        Netlink far = Netlink.open(second)) {
      near.links().createVethPair(name, name + "p", mtuBytes);
      near.links().move(near.links().get(name + "p").index(), second, name);
      int[] indexes = {near.links().get(name).index(), far.links().get(name).index()};
      near.addresses().add(indexes[0], Ipv4Prefix.parse(net + ".1/24"));
      far.addresses().add(indexes[1], Ipv4Prefix.parse(net + ".2/24"));
      near.links().setUp(indexes[0]);
      far.links().setUp(indexes[1]);
      return indexes;
    }
  }

  @Override
  public void close() throws IOException {
    for (NetworkNamespace namespace : open) {
      namespace.close();
    }
    for (String name : names) {
      NetworkNamespace.delete(name);
    }
  }
}
