package io.weft.router.host;

import io.weft.linux.Errno;
import io.weft.linux.GratuitousArp;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.LinuxException;
import io.weft.linux.MacAddress;
import io.weft.linux.Netlink;
import io.weft.router.firewall.Firewall;
import io.weft.router.firewall.FirewallState;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The addresses of the bridge itself, by which this host takes part in the network (overlay.md
 * D.5). Remembered with whether they are masqueraded, and back after a restart even when the bridge
 * has been removed meanwhile.
 *
 * <p>Any thread of the host's namespace; calls wait for each other.
 */
public final class Exposure {
  private static final int LINES_MAX = 1_024;
  private static final String MASQUERADED = "masquerade";
  private static final String PLAIN = "plain";
  private static final System.Logger LOGGER = System.getLogger(Exposure.class.getName());

  private final String bridge;
  private final Path file;
  private final Firewall firewall;
  private final Map<Ipv4Prefix, Boolean> masqueraded = new LinkedHashMap<>();

  /**
   * Exposes nothing yet.
   *
   * @param file where addresses are remembered
   */
  public Exposure(String bridge, Path file, Firewall firewall) {
    this.bridge = bridge;
    this.file = file;
    this.firewall = firewall;
  }

  /** Puts back what was exposed before; addresses that the bridge has for other reasons count. */
  public synchronized void restore() throws IOException {
    read();
    try (Netlink netlink = Netlink.open()) {
      Link link = netlink.links().get(bridge);
      for (Ipv4Prefix address : netlink.addresses().list(link.index())) {
        masqueraded.putIfAbsent(address, true);
      }
      for (Ipv4Prefix address : masqueraded.keySet()) {
        add(netlink, link, address);
      }
    }
    applyRules();
  }

  /**
   * Gives the bridge an address; repeated, it changes only whether it is masqueraded.
   *
   * @throws IOException when the kernel refuses or it cannot be remembered; whether the rules are
   *     in force {@link #awaitRules} tells
   */
  public synchronized void expose(Ipv4Prefix address, boolean masquerade) throws IOException {
    try (Netlink netlink = Netlink.open()) {
      add(netlink, netlink.links().get(bridge), address);
    }
    Boolean before = masqueraded.put(address, masquerade);
    if (before == null || before != masquerade) {
      write();
    }
    applyRules();
  }

  /** Takes an address from the bridge; does nothing if it does not have it. */
  public synchronized void hide(Ipv4Prefix address) throws IOException {
    try (Netlink netlink = Netlink.open()) {
      netlink.addresses().delete(netlink.links().get(bridge).index(), address);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EADDRNOTAVAIL) {
        throw e;
      }
    }
    if (masqueraded.remove(address) != null) {
      write();
    }
    applyRules();
  }

  /**
   * Waits until the rules follow what was exposed and hidden before.
   *
   * @throws IOException if they cannot be set
   */
  public void awaitRules() throws IOException {
    firewall.flush();
  }

  private static void add(Netlink netlink, Link link, Ipv4Prefix address) throws IOException {
    if (!netlink.addresses().list(link.index()).contains(address)) {
      netlink.addresses().add(link.index(), address);
    }
    Optional<MacAddress> mac = link.mac();
    if (mac.isPresent() && link.isUp()) {
      GratuitousArp.announce(link.index(), mac.get(), address.address());
    }
  }

  private void applyRules() {
    List<FirewallState.Exposed> exposed = new ArrayList<>();
    masqueraded.forEach(
        (address, masquerade) -> exposed.add(new FirewallState.Exposed(address, masquerade)));
    firewall.change(state -> state.withExposed(exposed));
  }

  private void read() throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      return;
    }
    for (String line : lines.subList(0, Math.min(lines.size(), LINES_MAX))) {
      String[] parts = line.split(" ", 2);
      try {
        masqueraded.put(Ipv4Prefix.parse(parts[0]), !(parts.length == 2 && parts[1].equals(PLAIN)));
      } catch (IllegalArgumentException e) {
        LOGGER.log(Level.WARNING, "{0} has a line that is no address: {1}", file, line);
      }
    }
  }

  private void write() throws IOException {
    StringBuilder text = new StringBuilder();
    masqueraded.forEach((address, masquerade) ->
        text.append(address).append(' ').append(masquerade ? MASQUERADED : PLAIN).append('\n'));
    DurableFile.write(file, text.toString());
  }
}
