package io.weft.router.host;

import io.weft.gossip.PeerName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who this peer is (mesh.md 10.3): the configured name, else the MAC of the bridge, else the name
 * of the last run, else one derived from the host's identifiers, else a random one.
 *
 * @param root the host's root folder, for example {@code /}
 */
public record HostIdentity(Path root) {
  private static final List<String> MACHINE_ID_FILES =
      List.of("etc/machine-id", "var/lib/dbus/machine-id");
  private static final List<String> PRODUCT_UUID_FILES =
      List.of("sys/class/dmi/id/product_uuid", "sys/hypervisor/uuid");

  // Our choice: identifiers are 33 and 37 bytes long; nothing of sense is longer than this.
  private static final int MAX_ID_BYTES = 4_096;

  private static final long MULTICAST_BIT = 0x010000000000L;
  private static final long LOCAL_BIT = 0x020000000000L;

  /**
   * Chooses the name. The caller stores it, so that a random one stays.
   *
   * @param bridgeMac MAC of the bridge if it exists; zero counts as none
   * @param random for a host without identifiers
   */
  public PeerName choose(
      @Nullable PeerName configured,
      @Nullable PeerName bridgeMac,
      @Nullable PeerName stored,
      RandomGenerator random) {
    if (configured != null) {
      return configured;
    }
    if (bridgeMac != null && !bridgeMac.equals(PeerName.UNKNOWN)) {
      return bridgeMac;
    }
    return stored != null ? stored : derive(random);
  }

  private PeerName derive(RandomGenerator random) {
    byte[] machineId = firstReadable(MACHINE_ID_FILES);
    byte[] productUuid = firstReadable(PRODUCT_UUID_FILES);
    if (machineId.length > 0 || productUuid.length > 0) {
      return PeerName.fromHostIds(machineId, productUuid);
    }
    long bits = random.nextLong() >>> 16;
    return new PeerName((bits & ~MULTICAST_BIT) | LOCAL_BIT);
  }

  /** Content of the first file that can be read, as it is; empty when none can. */
  private byte[] firstReadable(List<String> files) {
    return files.stream()
        .map(root::resolve)
        .filter(Files::isReadable)
        .findFirst()
        .map(HostIdentity::content)
        .orElse(new byte[0]);
  }

  private static byte[] content(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MAX_ID_BYTES);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  /** The host's name, for people. */
  public String hostName() {
    try {
      String name = Files.readString(root.resolve("proc/sys/kernel/hostname")).strip();
      return name.isEmpty() ? "localhost" : name;
    } catch (IOException e) {
      return "localhost";
    }
  }
}
