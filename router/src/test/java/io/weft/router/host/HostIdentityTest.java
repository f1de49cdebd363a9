package io.weft.router.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.io.IOException;
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
  private HostIdentity identity = new HostIdentity(Path.of("/nowhere"), Path.of("/nowhere"));

  @BeforeEach
  void makeHost() {
    identity = new HostIdentity(root, root);
  }

  @Test
  void prefersTheConfiguredNameThenTheBridgesThenTheLastOne() throws Exception {
    assertEquals(CONFIGURED, choose(CONFIGURED, BRIDGE, STORED));
    assertEquals(BRIDGE, choose(null, BRIDGE, STORED));
    assertEquals(STORED, choose(null, PeerName.UNKNOWN, STORED));
    assertEquals(STORED, choose(null, null, STORED));
  }

  @Test
  void keepsTheLastNameOfAMachineWithIdentifiersOnlyWhenItIsThatOfItsHardware() throws Exception {
    write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    write("sys/class/dmi/id/product_uuid", "4C4C4544-0042-3510-8052-B4C04F4B4D31\n");
    PeerName ofHardware = PeerName.parse("c2:ce:91:17:cc:81");
    PeerName ofBoth = PeerName.parse("12:09:dc:ce:0e:08");
    assertEquals(ofHardware, choose(null, null, ofHardware));
    assertEquals(ofBoth, choose(null, null, STORED), "an image of another machine");
    assertEquals(ofBoth, choose(null, null, null));
    write("etc/machine-id", "another\n");
    assertEquals(ofHardware, choose(null, null, ofHardware));
    assertNotEquals(ofBoth, choose(null, null, ofBoth));
  }

  @Test
  void readsTheFirstIdentifierThatIsThereEvenWhenItIsEmpty() throws Exception {
    write("var/lib/dbus/machine-id", "not this one\n");
    write("etc/machine-id", "");
    write("sys/hypervisor/uuid", "4C4C4544-0042-3510-8052-B4C04F4B4D31\n");
    assertEquals("c2:ce:91:17:cc:81", choose(null, null, null).toString());
  }

  @Test
  void refusesToGuessWhenAnIdentifierCannotBeRead() throws Exception {
    Files.createDirectories(root.resolve("etc/machine-id"));
    String message =
        String.valueOf(
            assertThrows(IOException.class, () -> choose(null, null, STORED)).getMessage());
    assertTrue(message.contains("etc/machine-id to derive the peer name, use --name"), message);
    assertEquals(BRIDGE, choose(null, BRIDGE, STORED));
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
  void aHostWithoutIdentifiersGetsARandomLocalUnicastName() throws Exception {
    for (long seed = 0; seed < 100; seed++) {
      PeerName name = identity.choose(null, null, null, new SplittableRandom(seed));
      assertEquals(2, name.value() >>> 40 & 3, "seed " + seed + ": " + name);
    }
  }

  private PeerName choose(
      @Nullable PeerName configured, @Nullable PeerName bridge, @Nullable PeerName stored)
      throws IOException {
    return identity.choose(configured, bridge, stored, new SplittableRandom(1));
  }

  private void write(String file, String content) throws Exception {
    Path path = root.resolve(file);
    Files.createDirectories(path.resolve("..").normalize());
    Files.writeString(path, content);
  }
}
