package io.weft.router.host;

import io.weft.gossip.PeerName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who this peer is (mesh.md 10.3): the configured name, else the MAC of the bridge, else the name
 * of the last run if it is that of this machine's hardware alone, as older releases of Weave Net
 * derived it, else one derived from all identifiers of the host. A host without identifiers has a
 * random name, and keeps it.
 *
 * @param root the host's root folder, for its machine-id
 * @param own our own root folder, for what the kernel tells of the machine
 */
public record HostIdentity(Path root, Path own) {
  private static final List<String> MACHINE_ID_FILES =
      List.of("etc/machine-id", "var/lib/dbus/machine-id");
  private static final List<String> PRODUCT_UUID_FILES =
      List.of("sys/class/dmi/id/product_uuid", "sys/hypervisor/uuid");

  // Our choice: identifiers are 33 and 37 bytes long; nothing of sense is longer than this.
  private static final int MAX_ID_BYTES = 4_096;

  private static final byte[] NOTHING = {};
  private static final long MULTICAST_BIT = 0x010000000000L;
  private static final long LOCAL_BIT = 0x020000000000L;

  /**
   * Chooses the name. The caller stores it, so that a random one stays.
   *
   * @param bridgeMac MAC of the bridge if it exists; zero counts as none
   * @param stored the name of the last run
   * @param random for a host without identifiers
   * @throws IOException when an identifier is there and cannot be read: the name would be another
   */
  public PeerName choose(
      @Nullable PeerName configured,
      @Nullable PeerName bridgeMac,
      @Nullable PeerName stored,
      RandomGenerator random)
      throws IOException {
    if (configured != null) {
      return configured;
    }
    if (bridgeMac != null && !bridgeMac.equals(PeerName.UNKNOWN)) {
      return bridgeMac;
    }
    byte[] productUuid = firstThatExists(own, PRODUCT_UUID_FILES);
    if (stored != null
        && productUuid.length > 0
        && stored.equals(PeerName.fromHostIds(NOTHING, productUuid))) {
      return stored;
    }
    byte[] machineId = firstThatExists(root, MACHINE_ID_FILES);
    if (machineId.length > 0 || productUuid.length > 0) {
      return PeerName.fromHostIds(machineId, productUuid);
    }
    return stored != null ? stored : anyName(random);
  }

  private static PeerName anyName(RandomGenerator random) {
    long bits = random.nextLong() >>> 16;
    return new PeerName((bits & ~MULTICAST_BIT) | LOCAL_BIT);
  }

  /** Content of the first file that is there, as it is; empty when none is. */
  private static byte[] firstThatExists(Path folder, List<String> files) throws IOException {
    for (String file : files) {
      Path path = folder.resolve(file);
      try (InputStream in = Files.newInputStream(path)) {
        return in.readNBytes(MAX_ID_BYTES);
      } catch (IOException e) {
        if (!(e instanceof NoSuchFileException)) {
          throw new IOException(
              "cannot read %s to derive the peer name, use --name: %s"
                  .formatted(path, e.getMessage()),
              e);
        }
      }
    }
    return NOTHING;
  }

  /** The host's name, for people. */
  public String hostName() {
    try {
      String name = Files.readString(own.resolve("proc/sys/kernel/hostname")).strip();
      return name.isEmpty() ? "localhost" : name;
    } catch (IOException e) {
      return "localhost";
    }
  }
}
