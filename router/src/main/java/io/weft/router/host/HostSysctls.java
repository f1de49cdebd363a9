package io.weft.router.host;

import io.weft.linux.NetworkNamespace;
import io.weft.linux.Sysctl;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The kernel parameter that a router sets for its whole network namespace (overlay.md D.2), and
 * what it was before; those of its interfaces go with the interfaces. For one thread.
 *
 * <p>What was before is stored before anything is changed. It counts until the machine starts again
 * or the namespace is another one, for then the parameter is new as well.
 */
public final class HostSysctls {
  private static final String BRIDGE_NETFILTER = "net/bridge/bridge-nf-call-iptables";
  private static final String WANTED = "1";
  private static final int PARTS = 3;
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private static final System.Logger LOGGER = System.getLogger(HostSysctls.class.getName());

  private final Path file;

  /**
   * For the namespace of the calling thread.
   *
   * @param file where is remembered what was before
   */
  public HostSysctls(Path file) {
    this.file = file;
  }

  /**
   * Has packets between ports of a bridge pass the packet filter, without which answers to a
   * translated address of the same bridge are lost. What cannot be set is logged: frames pass
   * without.
   */
  public void set() {
    try {
      String now = Sysctl.read(BRIDGE_NETFILTER);
      if (now.equals(WANTED)) {
        return;
      }
      DurableFile.write(file, "%s %s %s%n".formatted(BRIDGE_NETFILTER, now, here()));
      Sysctl.write(BRIDGE_NETFILTER, WANTED);
      LOGGER.log(
          Level.INFO,
          "{0} is {1} now, was {2}; weave reset puts it back",
          BRIDGE_NETFILTER,
          WANTED,
          now);
    } catch (IOException e) {
      LOGGER.log(
          Level.WARNING,
          "{0}; host ports and services may not answer to containers of the same host (is"
              + " br_netfilter loaded?)",
          e.getMessage());
    }
  }

  /** Puts back what was before, but for what somebody else has changed since. */
  public void restore() throws IOException {
    Optional<String> before = remembered();
    if (before.isPresent() && Sysctl.read(BRIDGE_NETFILTER).equals(WANTED)) {
      Sysctl.write(BRIDGE_NETFILTER, before.get());
    }
    Files.deleteIfExists(file);
  }

  /** What is stored, if it is of this namespace and this start of the machine. */
  private Optional<String> remembered() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String[] parts = Files.readString(file).strip().split(" ", PARTS);
    boolean counts =
        parts.length == PARTS && parts[0].equals(BRIDGE_NETFILTER) && parts[2].equals(here());
    return counts ? Optional.of(parts[1]) : Optional.empty();
  }

  /** This namespace between two starts of this machine. */
  private static String here() throws IOException {
    try (NetworkNamespace own = NetworkNamespace.current()) {
      return Files.readString(BOOT).strip() + " " + own.inode();
    }
  }
}
