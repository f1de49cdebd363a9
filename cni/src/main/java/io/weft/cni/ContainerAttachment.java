package io.weft.cni;

import io.weft.linux.Errno;
import io.weft.linux.GratuitousArp;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.LinuxException;
import io.weft.linux.MacAddress;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.Route;
import io.weft.linux.Sysctl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The veth pair between a container and the bridge, and the container's addresses (overlay.md D.6,
 * bridge type). The host is the namespace of the calling thread.
 *
 * <p>Every operation may be repeated: what is there already stays. A failed attachment leaves
 * things as it found them. Two attachments of one container must not run at once.
 */
public final class ContainerAttachment {
  private static final String HOST_PREFIX = "vethwepl";
  private static final String GUEST_PREFIX = "vethwepg";
  private static final long ANNOUNCE_DELAY_NANOS = 1_000_000;

  private final ContainerNamespace container;
  private final NetworkNamespace inside;
  private final AttachmentSettings settings;

  /** For a container, which stays open while this is used. */
  public ContainerAttachment(ContainerNamespace container, AttachmentSettings settings) {
    this.container = container;
    this.inside = container.namespace();
    this.settings = settings;
  }

  /**
   * Attaches the container and gives it addresses.
   *
   * @return those of {@code addresses} that it did not have before
   * @throws AttachmentException if the container is in the host's namespace, or there is no bridge
   * @throws IOException if the kernel refuses a step; the earlier ones are undone
   */
  public List<Ipv4Prefix> attach(List<Ipv4Prefix> addresses) throws IOException {
    refuseHostNamespace();
    List<Ipv4Prefix> wanted = addresses.stream().distinct().toList();
    try (Netlink host = Netlink.open();
        Netlink guest = Netlink.open(inside)) {
      ContainerInterface cable =
          new ContainerInterface(hostInterfaceName(), settings.interfaceName(), inside);
      ContainerInterface.Settings manner =
          new ContainerInterface.Settings(
              settings.mtuBytes().orElse(0),
              settings.hairpin(),
              settings.keepTxChecksumOffload() || ContainerInterface.routerTakesSuperFrames(host),
              Optional.empty());
      if (guest.links().find(settings.interfaceName()).isPresent()) {
        if (cable.find(host).isPresent()) {
          // Perhaps made by an attachment that was killed before it came to this.
          inside.perform(() -> cable.tune(manner));
        }
        return addAddresses(cable, host, guest, wanted);
      }
      removeUnmoved(host);
      cable.create(host, bridge(host), manner);
      try {
        inside.perform(() -> cable.tune(manner));
        return addAddresses(cable, host, guest, wanted);
      } catch (IOException | RuntimeException e) {
        cable.removeAfter(host, e);
        throw e;
      }
    }
  }

  /**
   * Takes addresses from the container, and with the last one the interface.
   *
   * @return those of {@code addresses} that it had
   */
  public List<Ipv4Prefix> detach(List<Ipv4Prefix> addresses) throws IOException {
    refuseHostNamespace();
    try (Netlink guest = Netlink.open(inside)) {
      Optional<Link> link = guest.links().find(settings.interfaceName());
      if (link.isEmpty()) {
        return List.of();
      }
      int index = link.get().index();
      List<Ipv4Prefix> present = guest.addresses().list(index);
      List<Ipv4Prefix> removed = addresses.stream().distinct().filter(present::contains).toList();
      // Else the other addresses of a subnet would go with its first one.
      inside.perform(() -> Sysctl.write(ipv4("conf", "promote_secondaries"), "1"));
      for (Ipv4Prefix address : removed) {
        guest.addresses().delete(index, address);
      }
      if (guest.addresses().list(index).isEmpty()) {
        guest.links().delete(index);
      }
      return removed;
    }
  }

  /** The container's addresses on this interface, none if it is not attached. */
  public List<Ipv4Prefix> addresses() throws IOException {
    try (Netlink guest = Netlink.open(inside)) {
      Optional<Link> link = guest.links().find(settings.interfaceName());
      return link.isEmpty() ? List.of() : guest.addresses().list(link.get().index());
    }
  }

  /** Name of the host's end of the pair. */
  public String hostInterfaceName() {
    return HOST_PREFIX + container.id();
  }

  private void refuseHostNamespace() throws IOException {
    try (NetworkNamespace host = NetworkNamespace.current()) {
      if (host.inode() == inside.inode()) {
        throw new AttachmentException("container is in host network namespace, cannot attach");
      }
    }
  }

  private Link bridge(Netlink host) throws IOException {
    return host.links()
        .find(settings.bridge())
        .orElseThrow(() ->
            new AttachmentException(
                "bridge %s not present, did you launch weave?".formatted(settings.bridge())));
  }

  /** Earlier releases moved the container's end: one killed before has left it on the host. */
  private void removeUnmoved(Netlink host) throws IOException {
    Optional<Link> left = host.links().find(GUEST_PREFIX + container.id());
    if (left.isPresent()) {
      host.links().delete(left.get().index());
    }
  }

  private List<Ipv4Prefix> addAddresses(
      ContainerInterface cable, Netlink host, Netlink guest, List<Ipv4Prefix> wanted)
      throws IOException {
    Link link = guest.links().get(settings.interfaceName());
    List<Ipv4Prefix> present = guest.addresses().list(link.index());
    List<Ipv4Prefix> added = new ArrayList<>();
    try {
      for (Ipv4Prefix address : wanted) {
        if (!present.contains(address)) {
          guest.addresses().add(link.index(), address);
          added.add(address);
        }
      }
      guest.links().setUp(link.index());
      if (!added.isEmpty()) {
        cable.awaitForwarding(host);
        announce(link, added);
      }
      if (settings.multicastRoute()) {
        addMulticastRoute(guest, link);
      }
      return List.copyOf(added);
    } catch (IOException | RuntimeException e) {
      for (Ipv4Prefix address : added) {
        remove(guest, link, address, e);
      }
      throw e;
    }
  }

  /** Only what is new, where the kernel would announce all addresses that the interface has. */
  private void announce(Link link, List<Ipv4Prefix> added) throws IOException {
    Optional<MacAddress> mac = link.mac();
    if (mac.isEmpty()) {
      return;
    }
    inside.perform(() -> {
      for (Ipv4Prefix address : added) {
        LockSupport.parkNanos(ANNOUNCE_DELAY_NANOS);
        GratuitousArp.announce(link.index(), mac.get(), address.address());
      }
    });
  }

  private static void remove(Netlink guest, Link link, Ipv4Prefix address, Exception cause) {
    try {
      guest.addresses().delete(link.index(), address);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private String ipv4(String group, String key) {
    return "net/ipv4/" + group + "/" + settings.interfaceName() + "/" + key;
  }

  private static void addMulticastRoute(Netlink guest, Link link) throws IOException {
    try {
      guest.routes().add(Route.onLink(Ipv4Prefix.MULTICAST, link.index()));
    } catch (LinuxException e) {
      // Another attachment, or the container itself, has one: that is for its owner to decide.
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }
}
