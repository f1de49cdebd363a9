package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Real container runtimes on two hosts, whose containers reach each other by the overlay. */
final class ContainerRuntimeTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);
  private static final Path CONFIGURATIONS = Path.of("/etc/cni/net.d");

  /** How a runtime begins. */
  private interface Begin {
    ContainerRuntime on(Host host, Path folder) throws Exception;
  }

  @Test
  void containersOfContainerdReachEachOtherAndLeaveNothing() throws Exception {
    Prerequisites.check(
        List.of("nft", "containerd", "ctr", "runc", "unshare", "busybox"),
        CniCaller.REFERENCE_PLUGINS,
        CONFIGURATIONS);
    liveAndLeaveNothing(ContainerdRuntime::new);
  }

  @Test
  void containersOfPodmanReachEachOtherAndLeaveNothing() throws Exception {
    Prerequisites.check(
        List.of("nft", "podman", "conmon", "runc", "busybox"), CniCaller.REFERENCE_PLUGINS);
    liveAndLeaveNothing(PodmanRuntime::new);
  }

  private static void liveAndLeaveNothing(Begin begin) throws Exception {
    Path folder = Files.createTempDirectory("weft-runtime");
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch();
      b.launch(a.address());
      a.awaitConnections("established", 1);
      try (ContainerRuntime onA = begin.on(a, folder.resolve("a"));
          ContainerRuntime onB = begin.on(b, folder.resolve("b"))) {
        onA.start("one");
        onB.start("two");
        String one = onA.address("one");
        String two = onB.address("two");
        assertNotEquals(one, two);
        reaches(onA, "one", two);
        reaches(onB, "two", one);

        a.weave("stop");
        a.launch(b.address());
        a.awaitConnections("established", 1);
        reaches(onA, "one", two);
        assertTrue(a.control().get("/ip").orFail().contains(one + "/"), one);

        onA.remove("one");
        assertNothingIsLeft(a, one);
        onA.start("three");
        String three = onA.address("three");
        reaches(onB, "two", three);
        onA.remove("three");
        onB.remove("two");
        assertNothingIsLeft(a, one, three);
        assertNothingIsLeft(b, two);
      }
    } finally {
      Underlay.deleteTree(folder);
    }
  }

  private static void reaches(ContainerRuntime runtime, String name, String address)
      throws Exception {
    Await.until(
        name + " reaches " + address,
        LIMIT,
        () -> runtime.run(name, "ping", "-c", "1", "-W", "1", address),
        output -> output.exit() == 0);
  }

  private static void assertNothingIsLeft(Host host, String... addresses) throws Exception {
    assertEquals(
        List.of(),
        host.namespace()
            .ip("-o", "link")
            .lines()
            .filter(line -> line.contains("vethwepl"))
            .toList());
    try (Stream<Path> records = Files.list(Path.of(host.statePrefix() + "cni"))) {
      assertEquals(List.of(), records.toList());
    }
    String owned = host.control().get("/ip").orFail();
    for (String address : addresses) {
      assertFalse(owned.contains(address + "/"), address + " is still given out: " + owned);
    }
  }
}
