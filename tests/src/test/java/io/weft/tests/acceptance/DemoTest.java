package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The packaged {@code weave demo}, to its end and interrupted. */
final class DemoTest {
  private static final int HOSTS = 3;
  private static final double MAX_RESIDENT_MB = 150;
  private static final String FIRST_ATTACHED = "host1: weave attach: host1-c1 (";

  private static final Pattern RESIDENT = Pattern.compile("(host[1-3]): ([0-9.]+) MB resident");
  private static final Pattern READY =
      Pattern.compile("(host[1-3]): weave launch.*: ready in ([0-9.]+) s .*, pid ([0-9]+)");

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void theDemonstrationSucceedsWithinItsMemoryAndLeavesNothing() throws Exception {
    List<String> links = links();
    try (Demonstration demo = Demonstration.start()) {
      demo.awaitTelling(FIRST_ATTACHED);
      List<String> inodes = inodes(demo);

      assertEquals(0, demo.exit(), demo::toldUnchecked);
      List<Double> resident = numbers(RESIDENT, demo.told());
      assertEquals(HOSTS, resident.size(), "resident sizes");
      for (double megabytes : resident) {
        assertTrue(megabytes > 0 && megabytes < MAX_RESIDENT_MB, () -> "resident: " + resident);
      }
      assertNothingLeft(demo, inodes, links);
    }
  }

  @Test
  void anInterruptedDemonstrationFailsAndLeavesNothing() throws Exception {
    List<String> links = links();
    try (Demonstration demo = Demonstration.start()) {
      demo.awaitTelling(FIRST_ATTACHED);
      List<String> inodes = inodes(demo);
      demo.interrupt();

      assertNotEquals(0, demo.exit(), demo::toldUnchecked);
      assertFalse(demo.told().contains("The others carry on."), "it was not at its end");
      assertNothingLeft(demo, inodes, links);
    }
  }

  private static void assertNothingLeft(Demonstration demo, List<String> inodes, List<String> links)
      throws IOException {
    assertTrue(demo.told().contains("Nothing is left."), demo::toldUnchecked);
    // How long a launch took is told, but depends on the machine.
    assertEquals(HOSTS, numbers(READY, demo.told()).size(), "times to ready");
    assertEquals(List.of(), demo.namespaces(), "namespaces");
    assertEquals(List.of(), demo.files(inodes), "files");
    assertEquals(links, links(), "links of the machine");
    List<ProcessHandle> routers =
        READY
            .matcher(demo.told())
            .results()
            .flatMap(launch -> ProcessHandle.of(Long.parseLong(launch.group(3))).stream())
            .filter(DemoTest::isRouter)
            .toList();
    assertEquals(List.of(), routers, "routers");
  }

  /** The number of a process that has ended may be another program's by now. */
  private static boolean isRouter(ProcessHandle process) {
    return process.info().commandLine().orElse("").contains("RouterMain");
  }

  /** The second groups, one for each host. */
  private static List<Double> numbers(Pattern pattern, String told) {
    return pattern.matcher(told).results().map(found -> Double.valueOf(found.group(2))).toList();
  }

  /** The numbers of its namespaces, under which its routers keep their files. */
  private static List<String> inodes(Demonstration demo) throws IOException {
    List<String> inodes = new ArrayList<>();
    for (Path namespace : demo.namespaces()) {
      inodes.add(Files.getAttribute(namespace, "unix:ino").toString());
    }
    assertTrue(inodes.size() > HOSTS, () -> "hosts, their wire and a container: " + inodes);
    assertTrue(demo.files(inodes).size() > HOSTS, "files of routers and of the demonstration");
    return inodes;
  }

  private static List<String> links() throws IOException {
    return Command.run(List.of("ip", "-o", "link"))
        .orFail()
        .out()
        .lines()
        .map(line -> line.split(":", 3)[1].strip())
        .sorted()
        .toList();
  }
}
