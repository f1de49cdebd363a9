package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

@RequiresRoot
class NetworkNamespaceTest {
  @Test
  void runsATaskInsideAndLeavesTheCallerWhereItIs() throws IOException {
    try (TestNamespaces namespaces = new TestNamespaces();
        NetworkNamespace before = NetworkNamespace.current()) {
      NetworkNamespace made = namespaces.create();
      long inside =
          made.run(() -> {
            assertFalse(Thread.currentThread().isVirtual());
            try (NetworkNamespace here = NetworkNamespace.current()) {
              return here.inode();
            }
          });
      assertEquals(made.inode(), inside);
      assertNotEquals(before.inode(), inside);
      try (NetworkNamespace after = NetworkNamespace.current()) {
        assertEquals(before.inode(), after.inode());
      }
    }
  }

  @Test
  void theSameNamespaceByNamePathAndProcess() throws IOException {
    try (TestNamespaces namespaces = new TestNamespaces()) {
      NetworkNamespace made = namespaces.create();
      String name = namespaces.lastName();
      try (NetworkNamespace byName = NetworkNamespace.ofName(name);
          NetworkNamespace byPath = NetworkNamespace.ofPath(Path.of("/run/netns", name));
          NetworkNamespace own = NetworkNamespace.ofPid(ProcessHandle.current().pid());
          NetworkNamespace current = NetworkNamespace.current()) {
        assertEquals(made.inode(), byName.inode());
        assertEquals(made.inode(), byPath.inode());
        assertEquals(current.inode(), own.inode());
      }
    }
  }

  @Test
  void passesOnWhatTheTaskThrows() throws IOException {
    try (NetworkNamespace here = NetworkNamespace.current()) {
      IOException thrown = new IOException("on purpose");
      NamespaceTask<String, IOException> failing =
          () -> {
            throw thrown;
          };
      assertSame(thrown, assertThrows(IOException.class, () -> here.run(failing)));
    }
  }

  @Test
  void aDeletedNamespaceLeavesNoTrace() throws IOException {
    String name;
    try (TestNamespaces namespaces = new TestNamespaces()) {
      namespaces.create();
      name = namespaces.lastName();
      assertTrue(NetworkNamespace.exists(name));
      assertTrue(mounts().stream().anyMatch(line -> line.contains("/" + name + " ")));
    }
    assertFalse(NetworkNamespace.exists(name));
    assertTrue(mounts().stream().noneMatch(line -> line.contains("/" + name + " ")));
    LinuxException again = assertThrows(LinuxException.class, () -> NetworkNamespace.delete(name));
    assertEquals(Errno.ENOENT, again.errno());
  }

  @Test
  void refusesATakenNameAndKeepsItsNamespace() throws IOException {
    try (TestNamespaces namespaces = new TestNamespaces()) {
      NetworkNamespace made = namespaces.create();
      String name = namespaces.lastName();
      LinuxException taken =
          assertThrows(LinuxException.class, () -> NetworkNamespace.create(name));
      assertEquals(Errno.EEXIST, taken.errno());
      try (NetworkNamespace still = NetworkNamespace.ofName(name)) {
        assertEquals(made.inode(), still.inode());
      }
    }
  }

  @Test
  void refusesNamesThatLeaveTheDirectory() {
    for (String name : List.of("", ".", "..", "../x", "a/b", "a b")) {
      assertThrows(IllegalArgumentException.class, () -> NetworkNamespace.exists(name), name);
    }
  }

  private static List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mounts"));
  }
}
