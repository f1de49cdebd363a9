package io.weft.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Names of hosts as the kernel keeps them: one for each UTS namespace. Any thread. */
public final class HostNames {
  private static final int CLONE_NEWUTS = 0x0400_0000;

  /** Both answer for the namespace of the thread that reads. */
  private static final Path OWN_NAME = Path.of("/proc/sys/kernel/hostname");

  private static final Path OWN_DOMAIN = Path.of("/proc/sys/kernel/domainname");

  /** What the kernel has before anybody sets a domain. */
  private static final String NO_DOMAIN = "(none)";

  private HostNames() {}

  /**
   * What a process has its host called, with the domain behind it if there is one.
   *
   * @throws IOException if there is no such process, or its namespace cannot be entered
   */
  public static String ofPid(long pid) throws IOException {
    String path = "/proc/" + pid + "/ns/uts";
    int number = LibC.functions().open(path, SocketConstants.SOCK_CLOEXEC);
    try (Descriptor namespace = new Descriptor(LinuxException.check(number, "open " + path))) {
      // A thread of its own, which stays in there until it ends.
      return NetworkNamespace.<String, IOException>onNewThread("host-name", () -> read(namespace));
    }
  }

  private static String read(Descriptor namespace) throws IOException {
    LinuxException.check(
        LibC.functions().setns(namespace.number(), CLONE_NEWUTS), "enter a UTS namespace");
    String name = Files.readString(OWN_NAME).strip();
    String domain = Files.readString(OWN_DOMAIN).strip();
    return domain.isEmpty() || domain.equals(NO_DOMAIN) ? name : name + "." + domain;
  }
}
