package io.weft.fastpath;

import io.weft.linux.BpfMap;
import io.weft.linux.Errno;
import io.weft.linux.Link;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.Qdiscs;
import io.weft.linux.TcxHook;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which ports of the bridge frames may pass beside it: those of containers, as far as nobody has
 * put something on a port that would then not see them. For one thread at a time.
 */
final class ContainerPorts implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(ContainerPorts.class.getName());

  /** What an interface has when nobody has put anything on it. */
  private static final String NO_QUEUE = "noqueue";

  private final Netlink netlink;
  private final PortProgram program;
  private final BpfMap allowed;
  private final int routerPort;
  private final ByteBuffer key = word();
  private final ByteBuffer value = word();
  private final Set<Integer> attached = new HashSet<>();
  private boolean firstLook = true;

  /**
   * The ports beside the router's; owns the program and the map.
   *
   * @param routerPort interface index of the router's own port
   */
  ContainerPorts(Netlink netlink, PortProgram program, BpfMap allowed, int routerPort) {
    this.netlink = netlink;
    this.program = program;
    this.allowed = allowed;
    this.routerPort = routerPort;
  }

  /** Why frames cannot pass beside the bridge on this host; empty when they can. */
  String whyNot() {
    try {
      TcxHook.check(program.program(), routerPort);
      return "";
    } catch (LinuxException e) {
      return switch (e.errno()) {
        case Errno.EINVAL -> "the kernel has no tcx hook, Linux 6.6 has";
        case Errno.EPERM -> "CAP_SYS_ADMIN is missing";
        default -> String.valueOf(e.getMessage());
      };
    }
  }

  /**
   * Brings the ports to what is on the host now.
   *
   * @param open whether frames may pass beside the bridge at all
   */
  void update(boolean open) throws IOException {
    List<Link> links = netlink.links().list();
    Set<Integer> wanted = open ? wanted(links) : Set.of();
    for (Link link : links) {
      boolean wasAttached = attached.contains(link.index());
      if (wanted.contains(link.index())) {
        if (!wasAttached) {
          attach(link.index());
        }
      } else if (wasAttached || (firstLook && link.kind().equals("veth"))) {
        detach(link.index());
      }
    }
    Set<Integer> present = links.stream().map(Link::index).collect(Collectors.toSet());
    if (firstLook) {
      forgetOthers(wanted);
    }
    for (int gone : attached.stream().filter(index -> !present.contains(index)).toList()) {
      detach(gone);
    }
    firstLook = false;
  }

  /** Takes the program that stays without its router off every interface. */
  static void removeAll(List<Link> links) throws LinuxException {
    for (Link link : links) {
      if (link.kind().equals("veth")) {
        TcxHook.detach(KernelPath.FROM_CONTAINER, link.index());
      }
    }
  }

  @Override
  public void close() {
    program.close();
    allowed.close();
  }

  private Set<Integer> wanted(List<Link> links) throws IOException {
    Optional<Link> own = links.stream().filter(link -> link.index() == routerPort).findFirst();
    int bridge = own.map(Link::masterIndex).orElse(0);
    boolean bridgeUp = links.stream().anyMatch(link -> link.index() == bridge && link.isUp());
    Set<Integer> treated =
        netlink.qdiscs().list().stream()
            .filter(qdisc -> !qdisc.kind().equals(NO_QUEUE))
            .map(Qdiscs.Qdisc::linkIndex)
            .collect(Collectors.toSet());
    Set<Integer> wanted = new HashSet<>();
    for (Link link : links) {
      boolean container =
          link.masterIndex() == bridge
              && link.index() != routerPort
              && link.kind().equals("veth")
              && link.peerNamespaceId() != Link.SAME_NAMESPACE
              && link.isUp();
      if (bridgeUp
          && container
          && !treated.contains(link.index())
          && !TcxHook.hasOthers(program.name(), link.index())) {
        wanted.add(link.index());
      }
    }
    return wanted;
  }

  /** A router before this one may have allowed ports that are gone. */
  private void forgetOthers(Set<Integer> wanted) throws LinuxException {
    Set<Integer> others = new HashSet<>();
    allowed.forEach((keys, at, values, valueAt) -> others.add(keys.getInt(at)));
    others.removeAll(wanted);
    for (int other : others) {
      boolean _ = allowed.remove(key.putInt(0, other));
    }
  }

  /** A port may be gone by now, which the next look shows. */
  private void attach(int index) {
    try {
      program.attach(index);
      // From here on it is ours to detach, whether frames may be given to it or not.
      attached.add(index);
      allowed.put(key.putInt(0, index), value.putInt(0, 1));
    } catch (LinuxException e) {
      LOGGER.log(Level.DEBUG, "frames of port " + index + " pass the bridge", e);
    }
  }

  private void detach(int index) throws LinuxException {
    // First nothing is given to it any more.
    boolean _ = allowed.remove(key.putInt(0, index));
    program.detach(index);
    attached.remove(index);
  }

  private static ByteBuffer word() {
    return ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
  }
}
