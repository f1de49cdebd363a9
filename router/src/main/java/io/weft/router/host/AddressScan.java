package io.weft.router.host;

import io.weft.ipam.IpamProtocol;
import io.weft.linux.Addresses;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.MacAddress;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds the addresses that are in use on this host, whatever the state file says (ipam.md 6.3, last
 * paragraph): those of the bridge, and those of every interface elsewhere that is the other end of
 * one of its ports. A cable to a container that is on no bridge, or on another one, counts as well:
 * it may be put back, and its container has its addresses all the time.
 *
 * <p>The kernel tells in which namespace that other end is, so only the namespaces of attached
 * containers are entered, however many processes there are. Any thread of the host's namespace.
 *
 * <p>On the way it lowers the MTU of interfaces that were attached with more than the bridge has by
 * now: the bridge would drop their longest packets, and tell nobody.
 */
public final class AddressScan {
  /** By its name a port tells who attached the container (features.md 1.9). */
  private static final String PORT_PREFIX = "vethwepl";

  private static final int PORT_ID_LENGTH_MAX = 7;
  private static final int PORT_ID_RADIX = 36;
  private static final String NAMESPACE_IDENT_PREFIX = "netns-";

  private static final System.Logger LOGGER = System.getLogger(AddressScan.class.getName());

  private final Netlink host;
  private final String bridge;
  private final HostFiles files;
  private final int mtuBytes;

  /** The cables by the namespace of their other end, then by the index of that end. */
  private final Map<Integer, Map<Integer, String>> ports = new TreeMap<>();

  private final Set<String> offBridgePorts = new HashSet<>();

  private final List<Found> found = new ArrayList<>();
  private final List<Attachment> attachments = new ArrayList<>();
  private final List<Attachment> offBridge = new ArrayList<>();
  private final Set<Long> seen = new HashSet<>();
  private int unreadable;
  private int lowered;

  private AddressScan(Netlink host, String bridge, HostFiles files, int mtuBytes) {
    this.host = host;
    this.bridge = bridge;
    this.files = files;
    this.mtuBytes = mtuBytes;
  }

  /**
   * An address in use.
   *
   * @param ident whose, as the allocator calls it; {@code _} when that cannot be told
   * @param address with the prefix length it was given
   */
  public record Found(String ident, Ipv4Prefix address) {}

  /**
   * An address of a container, or an interface of one that has none, and how the bridge leads to
   * it.
   *
   * @param ident whose, as the allocator calls it; {@code _} when that cannot be told
   * @param port the bridge's port; the bridge itself for its own addresses
   */
  public record Attachment(
      String ident, String port, MacAddress mac, Optional<Ipv4Prefix> address) {}

  /**
   * What a scan has found.
   *
   * @param addresses in no particular order, each once
   * @param attachments those on the bridge with their interfaces
   * @param offBridge those behind a cable that is not on the bridge
   * @param unreadable how many namespaces could not be read
   * @param missing how many containers have an interface and a namespace that was not found or read
   * @param lowered how many interfaces of containers had a larger MTU than the bridge
   */
  public record Result(
      List<Found> addresses,
      List<Attachment> attachments,
      List<Attachment> offBridge,
      int unreadable,
      int missing,
      int lowered) {}

  /**
   * Scans the host.
   *
   * @param host the namespace of the bridge
   * @param files where the host's file systems are
   * @param mtuBytes largest MTU that an attached interface may keep
   * @throws IOException when the host itself cannot be read; a container that cannot is counted
   */
  public static Result scan(Netlink host, String bridge, HostFiles files, int mtuBytes)
      throws IOException {
    return new AddressScan(host, bridge, files, mtuBytes).scan();
  }

  /**
   * Whether an interface of the host may lead to a container.
   *
   * @param bridgeIndex of the bridge
   */
  public static boolean mayLeadToContainer(Link link, int bridgeIndex) {
    return link.masterIndex() == bridgeIndex || link.name().startsWith(PORT_PREFIX);
  }

  private Result scan() throws IOException {
    Link bridgeLink = host.links().get(bridge);
    for (Ipv4Prefix address : host.addresses().list(bridgeLink.index())) {
      found.add(new Found(IpamProtocol.EXPOSE_IDENT, address));
      bridgeLink
          .mac()
          .ifPresent(mac ->
              attachments.add(
                  new Attachment(IpamProtocol.EXPOSE_IDENT, bridge, mac, Optional.of(address))));
    }
    for (Link link : host.links().list()) {
      if (mayLeadToContainer(link, bridgeLink.index())
          && link.peerIndex() != 0
          && link.peerNamespaceId() != Link.SAME_NAMESPACE) {
        ports
            .computeIfAbsent(link.peerNamespaceId(), id -> new HashMap<>())
            .put(link.peerIndex(), link.name());
        if (link.masterIndex() != bridgeLink.index()) {
          offBridgePorts.add(link.name());
        }
      }
    }
    try (NetworkNamespace own = NetworkNamespace.current()) {
      seen.add(own.inode());
    }
    visitAll(files.root().resolve("run/netns"), "");
    visitAll(files.root().resolve("var/run/docker/netns"), "");
    visitAll(files.proc(), "ns/net");
    return new Result(
        List.copyOf(found),
        List.copyOf(attachments),
        List.copyOf(offBridge),
        unreadable,
        ports.values().stream().mapToInt(Map::size).sum(),
        lowered);
  }

  /** Visits what the entries of a folder lead to, until no port is left unexplained. */
  private void visitAll(Path folder, String place) {
    if (ports.isEmpty() || !Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (ports.isEmpty()) {
          return;
        }
        if (place.isEmpty() || isNumber(entry.getFileName().toString())) {
          visit(entry.resolve(place));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOGGER.log(Level.DEBUG, "cannot list " + folder, e);
    }
  }

  private void visit(Path path) {
    try {
      // The inode first: a thousand processes share a handful of namespaces.
      if (!seen.add(((Number) Files.getAttribute(path, "unix:ino")).longValue())) {
        return;
      }
      try (NetworkNamespace namespace = NetworkNamespace.ofPath(path)) {
        OptionalInt id = host.links().namespaceId(namespace);
        if (id.isPresent() && ports.containsKey(id.getAsInt())) {
          read(namespace, ports.get(id.getAsInt()));
          ports.remove(id.getAsInt());
        }
      }
    } catch (IOException e) {
      if (Files.exists(path)) {
        unreadable++;
        LOGGER.log(Level.DEBUG, "cannot read network namespace " + path, e);
      }
    }
  }

  private void read(NetworkNamespace namespace, Map<Integer, String> portsByPeer)
      throws IOException {
    try (Netlink inside = Netlink.open(namespace)) {
      Map<Integer, String> bare = new HashMap<>(portsByPeer);
      for (Addresses.Assigned assigned : inside.addresses().list()) {
        String port = portsByPeer.get(assigned.linkIndex());
        if (port != null) {
          String ident = identOf(port, namespace.inode());
          found.add(new Found(ident, assigned.prefix()));
          inside
              .links()
              .find(assigned.linkIndex())
              .flatMap(Link::mac)
              .ifPresent(mac ->
                  listOf(port)
                      .add(new Attachment(ident, port, mac, Optional.of(assigned.prefix()))));
          bare.remove(assigned.linkIndex());
        }
      }
      for (Link link : inside.links().list()) {
        String port = bare.get(link.index());
        if (port != null && link.mac().isPresent()) {
          String ident = identOf(port, namespace.inode());
          listOf(port).add(new Attachment(ident, port, link.mac().get(), Optional.empty()));
        }
        boolean isOnBridge =
            portsByPeer.containsKey(link.index())
                && !offBridgePorts.contains(portsByPeer.get(link.index()));
        if (isOnBridge && link.mtuBytes() > mtuBytes) {
          inside.links().setMtu(link.index(), mtuBytes);
          lowered++;
        }
      }
    }
  }

  private List<Attachment> listOf(String port) {
    return offBridgePorts.contains(port) ? offBridge : attachments;
  }

  /**
   * Whoever attached by namespace or process holds addresses under the namespace's number; a
   * container id is cut short in the name of its port and cannot be told.
   */
  private String identOf(String port, long inode) {
    String id = port.startsWith(PORT_PREFIX) ? port.substring(PORT_PREFIX.length()) : "";
    return id.equals(shortId(inode)) || isProcessIn(id, inode)
        ? NAMESPACE_IDENT_PREFIX + inode
        : IpamProtocol.UNKNOWN_IDENT;
  }

  private static String shortId(long inode) {
    String digits = Long.toString(inode, PORT_ID_RADIX);
    return digits.substring(Math.max(0, digits.length() - PORT_ID_LENGTH_MAX));
  }

  private boolean isProcessIn(String id, long inode) {
    try {
      return isNumber(id)
          && Files.getAttribute(files.proc().resolve(id).resolve("ns/net"), "unix:ino")
              .equals(inode);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
