package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weft.linux.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What attach asks of the router, and what it gives back, when there is no bridge to attach to. */
class AttachmentCommandTest {
  private static final String BRIDGE = "no-such-bridge";

  @TempDir Path directory;

  private final String name = "weft-cli-test-" + ProcessHandle.current().pid();
  private CommandHarness weave;
  private String identity;

  @BeforeEach
  void makeContainer() throws IOException {
    assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
        "needs root to make a network namespace");
    weave = new CommandHarness(directory);
    try (NetworkNamespace container = NetworkNamespace.create(name)) {
      identity = "netns-" + container.inode();
    }
    RunDirectory run = RunDirectory.ofThisNamespace(directory.resolve("run"));
    run.create();
    run.noteLaunch(BRIDGE, directory.resolve("state").toString(), "");
  }

  @AfterEach
  void removeContainer() throws IOException {
    if (weave != null) {
      weave.close();
      NetworkNamespace.delete(name);
    }
  }

  @Test
  void givesBackEveryAddressItObtainedWhenTheAttachmentFails() {
    weave
        .answering("GET /ip/" + identity, 404, "")
        .answering("GET /ip/" + identity + "/0.0.0.0/1", 200, "")
        .answering("POST /ip/" + identity + "?check-alive=true&timeout=2s", 200, "10.32.0.1/12")
        .answering("PUT /ip/" + identity + "/10.2.0.7/16?check-alive=true&timeout=2s", 204, "")
        .answering("DELETE /ip/" + identity + "/10.32.0.1", 204, "")
        .answering("DELETE /ip/" + identity + "/10.2.0.7", 204, "");

    assertEquals(1, weave.run("attach", "net:default", "10.2.0.7/16", "netns:" + name));
    assertTrue(weave.err().contains(BRIDGE + " not present"), weave.err());
    assertEquals("", weave.out());
    assertEquals(
        List.of("DELETE /ip/" + identity + "/10.32.0.1", "DELETE /ip/" + identity + "/10.2.0.7"),
        deletions());
  }

  @Test
  void givesUpInTimeAndSaysWhy() {
    String reason = "no free address in 10.32.0.0/12 after 2s: all in use\none owns 4, 0 free\n";
    weave
        .answering("GET /ip/" + identity, 200, "")
        .answering("POST /ip/" + identity + "?check-alive=true&timeout=2s", 503, reason)
        .answering("POST /ip/" + identity + "?check-alive=true&timeout=10s", 503, reason)
        .answering("POST /ip/" + identity + "?check-alive=true&timeout=3s", 503, reason);

    assertEquals(1, weave.run("attach", "--timeout", "15s", "netns:" + name));
    assertEquals(
        """
        waiting: no free address in 10.32.0.0/12: all in use
        no free address in 10.32.0.0/12 after 15s: all in use
        one owns 4, 0 free
        """,
        weave.err());
    assertEquals("", weave.out());
    assertEquals(List.of(), deletions());
  }

  @Test
  void keepsAnAddressThatTheContainerHadBefore() {
    weave
        .answering("GET /ip/" + identity, 200, "10.32.0.1/12")
        .answering("POST /ip/" + identity + "?check-alive=true&timeout=2s", 200, "10.32.0.1/12");

    assertEquals(1, weave.run("attach", "/run/netns/" + name));
    assertEquals(List.of(), deletions());
  }

  @Test
  void keepsAnExactAddressThatIsTheLastOrTheOnlyOneOfItsSubnet() {
    weave
        .answering("GET /ip/" + identity + "/0.0.0.0/1", 200, "10.2.0.255/24 10.3.0.1/32")
        .answering("PUT /ip/" + identity + "/10.2.0.255/24?check-alive=true&timeout=2s", 204, "")
        .answering("PUT /ip/" + identity + "/10.3.0.1/32?check-alive=true&timeout=2s", 204, "");

    assertEquals(1, weave.run("attach", "10.2.0.255/24", "10.3.0.1/32", "netns:" + name));
    assertTrue(weave.err().contains(BRIDGE + " not present"), weave.err());
    assertEquals(List.of(), deletions());
  }

  /** An address that stays in the container is not given back. */
  @Test
  void tellsWhetherTheContainerCouldBeDetachedAgain() {
    IOException cause = new IOException("no names");
    assertTrue(AttachmentCommand.Attach.isUndone(() -> {}, cause));
    assertEquals(0, cause.getSuppressed().length);

    IllegalStateException broken = new IllegalStateException("broken");
    IOException busy = new IOException("busy");
    assertFalse(
        AttachmentCommand.Attach.isUndone(
            () -> {
              throw broken;
            },
            cause));
    assertFalse(
        AttachmentCommand.Attach.isUndone(
            () -> {
              throw busy;
            },
            cause));
    assertEquals(List.of(broken, busy), List.of(cause.getSuppressed()));
  }

  @Test
  void saysThatTheAllocatorIsOff() {
    assertEquals(1, weave.run("attach", name));
    assertEquals("IPAM must be enabled to use net:\n", weave.err());
  }

  @Test
  void answersSevenWithoutARouter() throws IOException {
    weave.withoutRouter();

    assertEquals(7, weave.run("attach", name));
  }

  @Test
  void namesAContainerThatIsNotThere() {
    assertEquals(1, weave.run("attach", "netns:/run/netns/" + name + "-not"));
    assertTrue(weave.err().contains(name + "-not"), weave.err());
    assertEquals(List.of(), weave.requests());
  }

  @Test
  void waitsForAnotherAttachmentOfTheSameContainer() throws Exception {
    Process other = holdingTheLock();
    Thread attaching = new Thread(() -> weave.run("attach", name), "attaching");
    try (BufferedReader output = other.inputReader()) {
      assertEquals("held", output.readLine());
      attaching.start();
      awaitInside(attaching, "lockAttachment");
      assertEquals(List.of(), weave.requests());
      other.destroyForcibly();
      attaching.join(60_000);
      assertFalse(weave.requests().isEmpty(), weave.err());
    } finally {
      other.destroyForcibly();
      attaching.join(60_000);
    }
  }

  /** Another process, since the system keeps locks of one process from nobody inside it. */
  private Process holdingTheLock() throws IOException {
    String inode = identity.substring("netns-".length());
    Path run = RunDirectory.ofThisNamespace(directory.resolve("run")).path();
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName(),
            run.toString(),
            inode)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void awaitInside(Thread thread, String method) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (Arrays.stream(thread.getStackTrace())
        .noneMatch(frame -> frame.getMethodName().equals(method))) {
      assertTrue(thread.isAlive(), "it ended");
      assertTrue(System.nanoTime() - deadline < 0, "it never came to " + method);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  /** Holds the lock of a container until it is killed or its standard input ends. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      RunDirectory run = new RunDirectory(Path.of(arguments[0]));
      try (FileChannel _ = run.lockAttachment(Long.parseLong(arguments[1]))) {
        System.out.println("held");
        int _ = System.in.read();
      }
    }
  }

  private List<String> deletions() {
    return weave.requests().stream().filter(request -> request.startsWith("DELETE")).toList();
  }
}
