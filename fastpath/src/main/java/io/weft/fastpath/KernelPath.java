package io.weft.fastpath;

import io.weft.linux.BpfMap;
import io.weft.linux.BpfObject;
import io.weft.linux.BpfProgram;
import io.weft.linux.Errno;
import io.weft.linux.Ethtool;
import io.weft.linux.Link;
import io.weft.linux.Links;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.Sysctl;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The part of the data plane that lives in the kernel: devices, programs and their maps, in the
 * network namespace of the calling thread.
 *
 * <p>It outlives the router. Programs are attached to the devices, and maps live as long as the
 * programs; the next router, of this version or another, finds them through the devices, goes on
 * with what is in their maps and replaces the programs, one atomically after the other. {@link
 * #remove} ends it.
 */
public final class KernelPath implements AutoCloseable {
  /** Where punted frames leave the programs. */
  static final String PUNT = "vethwe-punt";

  /** Where the router reads them. */
  static final String USER = "vethwe-user";

  /** The kernel's name of the program on ports of containers. */
  static final String FROM_CONTAINER = "from_container";

  private static final System.Logger LOGGER = System.getLogger(KernelPath.class.getName());
  private static final String OBJECT = "fastdp.o";
  private static final String VXLAN_PREFIX = "vxlan-";
  private static final Pattern VXLAN_NAME = Pattern.compile("vxlan-[1-9][0-9]{0,4}");
  private static final int PUNT_MTU = 65_535;

  private final Netlink netlink;
  private final BpfObject object;
  private final BpfProgram fromVxlan;
  private final BpfTables tables;
  private final boolean adopted;
  private final int portIndex;
  private final int puntIndex;
  private final int userIndex;
  private final Map<Integer, Integer> vxlanIndexes = new HashMap<>();

  private KernelPath(
      Netlink netlink,
      BpfObject object,
      BpfProgram fromVxlan,
      BpfTables tables,
      boolean adopted,
      int[] indexes) {
    this.netlink = netlink;
    this.object = object;
    this.fromVxlan = fromVxlan;
    this.tables = tables;
    this.adopted = adopted;
    portIndex = indexes[0];
    puntIndex = indexes[1];
    userIndex = indexes[2];
  }

  /**
   * Makes whatever is missing and adopts what is there.
   *
   * @param port the bridge's port at whose other end the router captures
   * @param vxlanPort UDP port of this router's own VXLAN device
   * @throws IOException when this kernel or this host cannot do it; the message says why
   */
  public static KernelPath open(String port, int vxlanPort) throws IOException {
    return open(port, vxlanPort, objectFile());
  }

  /** The same with programs of another version. */
  static KernelPath open(String port, int vxlanPort, byte[] programs) throws IOException {
    Netlink netlink = Netlink.open();
    try {
      return open(netlink, port, vxlanPort, programs);
    } catch (IOException | RuntimeException e) {
      netlink.close();
      throw e;
    }
  }

  private static KernelPath open(Netlink netlink, String port, int vxlanPort, byte[] programs)
      throws IOException {
    Links links = netlink.links();
    int portIndex = links.get(port).index();
    ensurePuntPair(links);
    int[] indexes = {portIndex, links.get(PUNT).index(), links.get(USER).index()};
    try (TableHandover handover =
        new TableHandover(existingMaps(links, VXLAN_PREFIX + vxlanPort))) {
      return take(netlink, handover, programs, vxlanPort, indexes);
    }
  }

  /** Puts our programs in the place of any that are there, with their tables. */
  private static KernelPath take(
      Netlink netlink, TableHandover handover, byte[] programs, int vxlanPort, int[] indexes)
      throws IOException {
    BpfObject object = BpfObject.load(programs, handover.kept());
    try {
      List<BpfMap> maps = object.maps(Layout.names());
      handover.fill(maps);
      BpfTables tables = new BpfTables(maps);
      BpfProgram fromVxlan = object.program("from_vxlan");
      KernelPath path =
          new KernelPath(netlink, object, fromVxlan, tables, handover.isPossible(), indexes);
      path.openPort(vxlanPort);
      path.replaceOnOtherPorts(netlink.links());
      try (BpfProgram fromBridge = object.program("from_bridge")) {
        fromBridge.attach(path.portIndex(), BpfProgram.Direction.EGRESS);
      }
      return path;
    } catch (IOException | RuntimeException e) {
      object.close();
      throw e;
    }
  }

  /** Removes devices, programs and encryption; what does not exist is no error. */
  public static void remove(Netlink netlink, String port) throws IOException {
    Links links = netlink.links();
    try {
      Optional<Link> found = links.find(port);
      if (found.isPresent()) {
        links.removePrograms(found.get().index());
      }
      PeerDevices.clear(netlink, port);
      List<Link> all = links.list();
      ContainerPorts.removeAll(all);
      for (Link link : all) {
        if (isOurs(link) && links.find(link.index()).isPresent()) {
          links.delete(link.index());
        }
      }
    } finally {
      // Keys do not stay, whatever else does.
      XfrmKernel.clear(address -> {});
    }
  }

  private static boolean isOurs(Link link) {
    boolean vxlan = link.kind().equals("vxlan") && VXLAN_NAME.matcher(link.name()).matches();
    return vxlan || link.name().equals(PUNT) || link.name().equals(USER);
  }

  /** The VXLAN device that listens on a port and sends to it, made if need be (overlay.md C.2). */
  int openPort(int vxlanPort) throws IOException {
    Integer known = vxlanIndexes.get(vxlanPort);
    if (known != null) {
      return known;
    }
    Links links = netlink.links();
    String name = VXLAN_PREFIX + vxlanPort;
    Optional<Link> present = links.find(name);
    if (present.isPresent() && !present.get().kind().equals("vxlan")) {
      throw new IOException(
          "the interface %s exists and is no VXLAN device; remove it first".formatted(name));
    }
    if (present.isEmpty()) {
      links.createVxlan(name, vxlanPort, FastdpProtocol.DEVICE_MTU);
    }
    int index = links.get(name).index();
    try {
      disableIpv6(name);
      fromVxlan.attach(index, BpfProgram.Direction.INGRESS);
      links.setUp(index);
    } catch (LinuxException e) {
      if (present.isEmpty()) {
        links.delete(index);
      }
      throw e.errno() == Errno.EADDRINUSE
          ? new IOException("UDP port %d is in use by another program".formatted(vxlanPort), e)
          : e;
    }
    vxlanIndexes.put(vxlanPort, index);
    return index;
  }

  /** The ports of the bridge beside the router's; the caller closes it. */
  ContainerPorts containerPorts() throws LinuxException {
    PortProgram program = new PortProgram.Lasting(object.program(FROM_CONTAINER), FROM_CONTAINER);
    try {
      BpfMap allowed = object.map(Layout.Map.PORTS.description().name());
      return new ContainerPorts(netlink, program, allowed, portIndex);
    } catch (LinuxException e) {
      program.close();
      throw e;
    }
  }

  BpfTables tables() {
    return tables;
  }

  /** Whether a router before this one has left its tables. */
  boolean isAdopted() {
    return adopted;
  }

  int portIndex() {
    return portIndex;
  }

  int puntIndex() {
    return puntIndex;
  }

  int userIndex() {
    return userIndex;
  }

  /** Gives up the handles; frames pass as before. */
  @Override
  public void close() {
    tables.close();
    fromVxlan.close();
    object.close();
    netlink.close();
  }

  private void replaceOnOtherPorts(Links links) throws IOException {
    for (Link link : links.list()) {
      if (link.kind().equals("vxlan") && VXLAN_NAME.matcher(link.name()).matches()) {
        fromVxlan.attach(link.index(), BpfProgram.Direction.INGRESS);
      }
    }
  }

  private static void ensurePuntPair(Links links) throws IOException {
    if (links.find(PUNT).isEmpty() || links.find(USER).isEmpty()) {
      Optional<Link> half = links.find(PUNT);
      if (half.isPresent()) {
        links.delete(half.get().index());
      }
      links.createVethPair(PUNT, USER, PUNT_MTU);
    }
    for (String end : new String[] {PUNT, USER}) {
      disableIpv6(end);
      links.setUp(links.get(end).index());
    }
    // Whole frames with all their checksums are to reach user space, not super-frames.
    Ethtool.disableTxChecksumOffload(PUNT);
  }

  private static void disableIpv6(String name) throws IOException {
    Sysctl.writeIfPresent("net/ipv6/conf/" + name + "/disable_ipv6", "1");
  }

  /** The maps of the program on our VXLAN device: that one uses them all. */
  private static List<BpfMap> existingMaps(Links links, String device) throws IOException {
    Optional<Link> link = links.find(device);
    if (link.isEmpty()) {
      return new ArrayList<>();
    }
    try {
      Optional<BpfProgram> attached =
          BpfProgram.attached(link.get().index(), BpfProgram.Direction.INGRESS);
      if (attached.isEmpty()) {
        return new ArrayList<>();
      }
      try (BpfProgram program = attached.get()) {
        return program.maps();
      }
    } catch (LinuxException e) {
      if (e.errno() != Errno.EPERM) {
        throw e;
      }
      LOGGER.log(
          Level.INFO,
          "the tables of the router before cannot be taken over, as CAP_SYS_ADMIN is missing");
      return new ArrayList<>();
    }
  }

  static byte[] objectFile() throws IOException {
    return objectFile(OBJECT);
  }

  /** One of the objects that are checked in. */
  static byte[] objectFile(String name) throws IOException {
    try (InputStream in = KernelPath.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is missing from this distribution");
      }
      return in.readAllBytes();
    }
  }
}
