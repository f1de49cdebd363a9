package io.weft.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.RequiresRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerHostsTest {
  private static final Ipv4Prefix ADDRESS = Ipv4Prefix.parse("10.32.0.1/12");
  private static final List<ContainerHosts.Entry> ADDED =
      List.of(new ContainerHosts.Entry("db", "192.0.2.7"));

  @TempDir Path directory;

  @Test
  void theOwnNameMeansOurAddressesOnlyAndOtherLinesStay() {
    String before =
        """
        127.0.0.1 localhost
        172.17.0.2\tweb.example web
        172.17.0.2 web alias # made by the runtime
        # web is a comment here
        """;
    Set<String> names = new LinkedHashSet<>(List.of("web.example", "web"));
    String after = ContainerHosts.rewritten(before, List.of(ADDRESS), names, ADDED);
    assertEquals(
        """
        # weave attach: begin
        10.32.0.1 web.example web
        192.0.2.7 db
        # weave attach: end
        127.0.0.1 localhost
        172.17.0.2 alias
        # web is a comment here
        """,
        after);
    assertEquals(after, ContainerHosts.rewritten(after, List.of(ADDRESS), names, ADDED), "again");
  }

  @Test
  void namesAloneTakeNothingAway() {
    String before = "172.17.0.2 web\n";
    assertEquals(
        "# weave attach: begin\n192.0.2.7 db\n# weave attach: end\n172.17.0.2 web\n",
        ContainerHosts.rewritten(before, List.of(), Set.of(), ADDED));
    assertEquals(before, ContainerHosts.rewritten(before, List.of(), Set.of(), List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "db", ":192.0.2.7", "db:", "db:host", "d b:192.0.2.7", "db\n:::1"})
  void whatIsNoNameWithAnAddressIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> ContainerHosts.Entry.parse(text));
  }

  @Test
  void anAddressMayBeOfEitherFamily() {
    assertEquals(ADDED.getFirst(), ContainerHosts.Entry.parse("db:192.0.2.7"));
    assertEquals("db", ContainerHosts.Entry.parse("db:2001:db8::1").name());
  }

  @Test
  @RequiresRoot
  void theFileOfTheHostIsLeftAlone() throws IOException {
    long own = ProcessHandle.current().pid();
    try (ContainerNamespace container = ContainerNamespace.open(Long.toString(own))) {
      assertThrows(IOException.class, () -> ContainerHosts.of(container));
    }
  }

  @Test
  @RequiresRoot
  void aContainersFileIsWrittenWithItsOwnName() throws Exception {
    Path etc = root();
    Files.writeString(etc.resolve("hosts"), "127.0.0.1 localhost web\n");
    inContainer(hosts -> hosts.write(List.of(ADDRESS), ADDED));
    assertEquals(
        """
        # weave attach: begin
        10.32.0.1 web.example web
        192.0.2.7 db
        # weave attach: end
        127.0.0.1 localhost
        """,
        Files.readString(etc.resolve("hosts")));
    Files.delete(etc.resolve("hosts"));
    inContainer(hosts -> hosts.write(List.of(), ADDED));
    assertTrue(Files.readString(etc.resolve("hosts")).contains("192.0.2.7 db"), "made anew");
  }

  /** The container decides where its links lead, so none is followed. */
  @Test
  @RequiresRoot
  void linksOutOfTheContainerAreNotFollowed() throws Exception {
    Path etc = root();
    Path outside = directory.resolve("outside");
    Files.writeString(outside, "of the host\n");
    Files.createSymbolicLink(etc.resolve("hosts"), outside);
    assertThrows(
        IOException.class, () -> inContainer(hosts -> hosts.write(List.of(ADDRESS), ADDED)));
    Files.delete(etc.resolve("hosts"));
    Files.delete(etc);
    Files.createSymbolicLink(etc, directory);
    assertThrows(
        IOException.class, () -> inContainer(hosts -> hosts.write(List.of(ADDRESS), ADDED)));
    assertEquals("of the host\n", Files.readString(outside));
  }

  private Path root() throws IOException {
    return Files.createDirectories(directory.resolve("root/etc"));
  }

  private interface Use {
    void of(ContainerHosts hosts) throws IOException;
  }

  /** A process with a root folder and a host name of its own. */
  private void inContainer(Use use) throws Exception {
    Path busybox = Path.of("/bin/busybox");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(busybox), "needs busybox");
    Path program = directory.resolve("root/busybox");
    if (!Files.exists(program)) {
      Files.copy(busybox, program, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    }
    String script = "hostname web.example && exec chroot \"$1\" /busybox sh -c 'echo up; read x'";
    Process process =
        new ProcessBuilder(
                "unshare", "--uts", "--net", "sh", "-c", script, "sh", program.getParent() + "")
            .start();
    try (BufferedReader output = process.inputReader()) {
      assertEquals("up", output.readLine());
      try (ContainerNamespace container = ContainerNamespace.open(Long.toString(process.pid()))) {
        use.of(ContainerHosts.of(container));
      }
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
  }
}
