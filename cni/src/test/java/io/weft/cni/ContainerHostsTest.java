package io.weft.cni;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.RequiresRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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

  @Test
  void withoutItsEndMarkNothingBehindTheBeginMarkIsLost() {
    String before =
        """
        # weave attach: begin
        192.0.2.9 old
        127.0.0.1 localhost
        # weave attach: begin
        192.0.2.8 former
        # weave attach: end
        172.17.0.2 web
        """;
    assertEquals(
        """
        # weave attach: begin
        192.0.2.7 db
        # weave attach: end
        192.0.2.9 old
        127.0.0.1 localhost
        172.17.0.2 web
        """,
        ContainerHosts.rewritten(before, List.of(), Set.of(), ADDED));
  }

  @Test
  void linesStayAsTheyAreWhateverEndsThem() {
    String before = "127.0.0.1 localhost\r\n\n\n172.17.0.2 one\rtwo";
    assertEquals(before + "\n", ContainerHosts.rewritten(before, List.of(), Set.of(), List.of()));
    assertEquals("", ContainerHosts.rewritten("", List.of(), Set.of(), List.of()));
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

  @Test
  @RequiresRoot
  void bytesThatAreNoTextStay() throws Exception {
    Path file = root().resolve("hosts");
    byte[] before = {'#', ' ', (byte) 0xff, (byte) 0xc3, 0, (byte) 0x85, '\n'};
    Files.write(file, before);
    inContainer(hosts -> hosts.write(List.of(), ADDED));
    inContainer(hosts -> hosts.write(List.of(), List.of()));
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  @Test
  @RequiresRoot
  void aFileThatIsTooLargeIsLeftAlone() throws Exception {
    Path file = root().resolve("hosts");
    byte[] before = new byte[(1 << 20) + 1];
    Files.write(file, before);
    inContainer(
        hosts -> assertThrows(IOException.class, () -> hosts.write(List.of(ADDRESS), ADDED)));
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  /** An endless device is never read, and a FIFO never waited for. */
  @ParameterizedTest
  @ValueSource(strings = {"p", "c 1 5"})
  @RequiresRoot
  @Timeout(60)
  void whatIsNoOrdinaryFileIsRefusedAlsoWhenItComesLater(String kind) throws Exception {
    Path file = root().resolve("hosts");
    make(file, kind);
    assertThrows(IOException.class, () -> inContainer(hosts -> {}));
    Files.delete(file);
    Files.createFile(file);
    inContainer(hosts -> {
      Files.delete(file);
      make(file, kind);
      IOException failure =
          assertThrows(IOException.class, () -> hosts.write(List.of(ADDRESS), ADDED));
      assertTrue(failure.toString().contains("no ordinary file"), failure.toString());
    });
  }

  @Test
  @RequiresRoot
  void aLinkThatComesLaterIsNotFollowed() throws Exception {
    Path file = root().resolve("hosts");
    Path outside = Files.writeString(directory.resolve("outside"), "of the host\n");
    inContainer(hosts -> {
      Files.createSymbolicLink(file, outside);
      assertThrows(IOException.class, () -> hosts.write(List.of(ADDRESS), ADDED));
    });
    assertEquals("of the host\n", Files.readString(outside));
  }

  /** Its number may have gone to a process of the host. */
  @Test
  @RequiresRoot
  void aProcessThatIsInNoSuchNamespaceIsNotWrittenTo() throws Exception {
    long own = ProcessHandle.current().pid();
    try (ContainerNamespace container = ContainerNamespace.open(Long.toString(own))) {
      long inode = container.namespace().inode();
      ContainerHosts ofAnother = new ContainerHosts(own, inode + 1);
      IOException failure =
          assertThrows(IOException.class, () -> ofAnother.write(List.of(), ADDED));
      assertTrue(failure.toString().contains("not in the container"), failure.toString());
      ContainerHosts ofTheHost = new ContainerHosts(own, inode);
      failure = assertThrows(IOException.class, () -> ofTheHost.write(List.of(), ADDED));
      assertTrue(failure.toString().contains("the host's own"), failure.toString());
    }
  }

  private static void make(Path file, String kind) throws IOException {
    List<String> command = new ArrayList<>(List.of("mknod", file.toString()));
    command.addAll(List.of(kind.split(" ", -1)));
    assertEquals(0, new ProcessBuilder(command).start().onExit().join().exitValue());
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
