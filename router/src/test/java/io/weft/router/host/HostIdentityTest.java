package io.weft.router.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.PeerName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostIdentityTest {
  private static final PeerName CONFIGURED = new PeerName(1);
  private static final PeerName BRIDGE = new PeerName(2);
  private static final PeerName STORED = new PeerName(3);

  @TempDir private Path root;
  private HostIdentity identity = new HostIdentity(Path.of("/nowhere"));

  @BeforeEach
  void makeHost() {
    identity = new HostIdentity(root);
  }

  @Test
  void prefersTheConfiguredNameThenTheBridgesThenTheLastOne() {
    assertEquals(CONFIGURED, choose(CONFIGURED, BRIDGE, STORED));
    assertEquals(BRIDGE, choose(null, BRIDGE, STORED));
    assertEquals(STORED, choose(null, PeerName.UNKNOWN, STORED));
    assertEquals(STORED, choose(null, null, STORED));
  }

  @Test
  void derivesTheNameOfTheVectorsFromTheHostsIdentifiers() throws Exception {
    write("var/lib/dbus/machine-id", "not this one\n");
    write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    assertEquals("0a:39:ab:6e:42:c6", choose(null, null, null).toString());
    write("sys/class/dmi/id/product_uuid", "4C4C4544-0042-3510-8052-B4C04F4B4D31\n");
    assertEquals("12:09:dc:ce:0e:08", choose(null, null, null).toString());
    Files.delete(root.resolve("etc/machine-id"));
    Files.delete(root.resolve("var/lib/dbus/machine-id"));
    assertEquals("c2:ce:91:17:cc:81", choose(null, null, null).toString());
  }

  @Test
  void aHostWithoutIdentifiersGetsARandomLocalUnicastName() {
    for (long seed = 0; seed < 100; seed++) {
      PeerName name = identity.choose(null, null, null, new SplittableRandom(seed));
      assertEquals(2, name.value() >>> 40 & 3, "seed " + seed + ": " + name);
    }
  }

  private PeerName choose(
      @Nullable PeerName configured, @Nullable PeerName bridge, @Nullable PeerName stored) {
    return identity.choose(configured, bridge, stored, new SplittableRandom(1));
  }

  private void write(String file, String content) throws Exception {
    Path path = root.resolve(file);
    Files.createDirectories(path.resolve("..").normalize());
    Files.writeString(path, content);
  }
}
