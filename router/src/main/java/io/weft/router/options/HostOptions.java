package io.weft.router.options;

import io.weft.router.host.HostFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the router does on its host beside carrying frames.
 *
 * @param cniSocket where the CNI plugins reach it; empty for the place that they look at first,
 *     null for nowhere
 * @param firewallBackend where packet filter rules go
 * @param bridgeFilter whether frames between containers and peers pass the packet filter
 * @param noMasqLocal whether connections to containers of this host keep their source
 * @param dockerBridge Docker's bridge, whose containers are kept apart from ours; null for none
 * @param files where the host's files are
 */
public record HostOptions(
    @Nullable String cniSocket,
    FirewallBackend firewallBackend,
    BridgeFilter bridgeFilter,
    boolean noMasqLocal,
    @Nullable String dockerBridge,
    HostFiles files) {
  private static final int SOCKET_PATH_MAX = 107;

  /** Where packet filter rules go. */
  public enum FirewallBackend {
    /** A table of our own in nftables. */
    TABLE,
    /** iptables, by way of nftables. */
    NFT,
    /** iptables, by the older kernel interface. */
    LEGACY
  }

  /** Whether the kernel's overlay takes frames through the bridge and its packet filter. */
  public enum BridgeFilter {
    /** Where rules are found that have to see them. */
    AUTO,
    /** Always. */
    ON,
    /** Never. */
    OFF
  }

  /** What {@code GET /ipinfo/tracker} names as following the ring (ipam.md 8.2). */
  public String tracker() {
    return noMasqLocal ? "no-masq-local" : "";
  }

  static HostOptions read(CommandLine line, Map<String, String> environment, boolean noMasqLocal)
      throws UsageException {
    return new HostOptions(
        socket(line),
        backend(line, environment),
        bridgeFilter(line),
        noMasqLocal,
        dockerBridge(line),
        files(line, environment));
  }

  private static @Nullable String dockerBridge(CommandLine line) throws UsageException {
    String name = line.flags().getOrDefault(Flag.DOCKER_BRIDGE, "");
    return name.isEmpty() ? null : OptionValues.interfaceName(Flag.DOCKER_BRIDGE, name);
  }

  private static @Nullable String socket(CommandLine line) throws UsageException {
    String path = line.flags().get(Flag.CNI_SOCKET);
    if (path == null) {
      return "";
    }
    if (path.isEmpty()) {
      return null;
    }
    return checkSocketPath(Flag.CNI_SOCKET, path);
  }

  static String checkSocketPath(Flag flag, String path) throws UsageException {
    if (!path.startsWith("/") || path.length() > SOCKET_PATH_MAX) {
      throw new UsageException(
          UsageException.BAD_VALUE,
          "%s: %s is not accepted, an absolute path of at most %d characters is, or"
                  .formatted(flag, path, SOCKET_PATH_MAX)
              + " nothing for no socket");
    }
    return path;
  }

  private static HostFiles files(CommandLine line, Map<String, String> environment)
      throws UsageException {
    String root = line.flags().get(Flag.HOST_ROOT);
    if (root == null) {
      root = environment.getOrDefault("HOST_ROOT", "");
    }
    String proc = line.flags().getOrDefault(Flag.PROC_PATH, "");
    Path rootFolder = root.isEmpty() ? Path.of("/") : folder(Flag.HOST_ROOT, root);
    return new HostFiles(
        rootFolder, proc.isEmpty() ? rootFolder.resolve("proc") : folder(Flag.PROC_PATH, proc));
  }

  private static Path folder(Flag flag, String text) throws UsageException {
    if (!text.startsWith("/") || text.indexOf('\0') >= 0 || !Files.isDirectory(Path.of(text))) {
      throw new UsageException(
          UsageException.BAD_VALUE,
          "%s: \"%s\" is no absolute path of a folder".formatted(flag, text));
    }
    return Path.of(text);
  }

  private static BridgeFilter bridgeFilter(CommandLine line) throws UsageException {
    String text = line.flags().getOrDefault(Flag.BRIDGE_FILTER, "auto");
    return switch (text) {
      case "auto" -> BridgeFilter.AUTO;
      case "on" -> BridgeFilter.ON;
      case "off" -> BridgeFilter.OFF;
      default ->
          throw new UsageException(
              UsageException.BAD_VALUE,
              "--bridge-filter: \"%s\" is not accepted, auto, on or off are".formatted(text));
    };
  }

  private static FirewallBackend backend(CommandLine line, Map<String, String> environment)
      throws UsageException {
    String text = line.flags().get(Flag.IPTABLES_BACKEND);
    if (text == null) {
      text = environment.getOrDefault("IPTABLES_BACKEND", "");
    }
    return switch (text) {
      case "" -> FirewallBackend.TABLE;
      case "nft" -> FirewallBackend.NFT;
      case "legacy" -> FirewallBackend.LEGACY;
      default ->
          throw new UsageException(
              UsageException.BAD_VALUE,
              "--iptables-backend: \"%s\" is not accepted, nft or legacy are".formatted(text));
    };
  }
}
