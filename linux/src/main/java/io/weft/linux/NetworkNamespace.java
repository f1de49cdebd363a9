package io.weft.linux;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A handle on a network namespace. The namespace lives at least as long as the handle is open.
 *
 * <p>Named namespaces are the ones that {@code ip netns} knows: mounts under {@code /run/netns}.
 * Handles may be used from any thread.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final Path NAMES = Path.of("/run/netns");
  private static final Path OWN = Path.of("/proc/thread-self/ns/net");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,255}");
  private static final int OPEN_FLAGS = SocketConstants.SOCK_CLOEXEC;
  private static final int CLONE_NEWNET = 0x4000_0000;

  /** From the kernel's header {@code linux/nsfs.h}. */
  private static final int NS_GET_NSTYPE = 0xB703;

  private static final long MS_BIND = 0x1000;
  private static final long MS_REC = 0x4000;
  private static final long MS_SHARED = 0x10_0000;
  private static final int MNT_DETACH = 2;

  private final Descriptor descriptor;
  private final String description;
  private final long inode;

  private NetworkNamespace(Descriptor descriptor, String description) throws IOException {
    this.descriptor = descriptor;
    this.description = description;
    // Following the descriptor's link reaches the namespace, whatever path it was opened by.
    Path link = Path.of("/proc/self/fd/" + descriptor.number());
    this.inode = ((Number) Files.getAttribute(link, "unix:ino")).longValue();
  }

  /** The namespace of the calling thread. */
  public static NetworkNamespace current() throws IOException {
    return open(OWN, "the current network namespace");
  }

  /** The namespace that {@code path} stands for, such as {@code /run/netns/blue}. */
  public static NetworkNamespace ofPath(Path path) throws IOException {
    return open(path, "network namespace " + path);
  }

  /**
   * The namespace behind a descriptor that another process has passed on; closed with the handle.
   *
   * @throws LinuxException if it is something else than a network namespace
   */
  static NetworkNamespace ofDescriptor(Descriptor descriptor) throws IOException {
    String target =
        Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor.number())).toString();
    NetworkNamespace namespace = new NetworkNamespace(descriptor, "network namespace " + target);
    int kind = LibC.functions().ioctl(descriptor.number(), NS_GET_NSTYPE, 0);
    if (kind < 0) {
      // A kernel before 4.11, or no namespace at all: entering it tells.
      namespace.perform(() -> {});
    } else if (kind != CLONE_NEWNET) {
      throw new IOException(target + " is no network namespace");
    }
    return namespace;
  }

  /**
   * The namespace with a name.
   *
   * @throws IllegalArgumentException if it can not be a name
   */
  public static NetworkNamespace ofName(String name) throws IOException {
    return open(path(name), "network namespace " + name);
  }

  /** The namespace of a process. */
  public static NetworkNamespace ofPid(long pid) throws IOException {
    return open(Path.of("/proc/" + pid + "/ns/net"), "network namespace of process " + pid);
  }

  /**
   * Makes a namespace with a name; nothing in it is up, the loopback interface neither.
   *
   * @throws IllegalArgumentException if it can not be a name
   * @throws LinuxException EEXIST if the name is taken
   */
  public static NetworkNamespace create(String name) throws IOException {
    Path path = path(name);
    prepareNames();
    try {
      Files.createFile(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---------")));
    } catch (FileAlreadyExistsException e) {
      LinuxException failure = new LinuxException("create network namespace " + name, Errno.EEXIST);
      failure.initCause(e);
      throw failure;
    }
    try {
      // Namespaces belong to threads; a new one keeps every thread of the process where it is.
      onNewThread(
          "netns-create-" + name,
          () -> {
            LinuxException.check(
                LibC.functions().unshare(CLONE_NEWNET), "create network namespace " + name);
            return mount(OWN.toString(), path.toString(), MS_BIND);
          });
      return ofName(name);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(path);
      throw e;
    }
  }

  /**
   * Removes a name. The namespace itself goes when nothing uses it any more.
   *
   * @throws IllegalArgumentException if it can not be a name
   * @throws LinuxException ENOENT if there is none
   */
  public static void delete(String name) throws IOException {
    Path path = path(name);
    int result = LibC.functions().umount2(path.toString(), MNT_DETACH);
    int error = result < 0 ? LibC.errno() : 0;
    // A file that nothing is mounted on is what a failed creation leaves: it goes as well.
    if (error != 0 && error != Errno.EINVAL) {
      throw new LinuxException("delete network namespace " + name, error);
    }
    Files.deleteIfExists(path);
  }

  /** Whether a namespace has this name. */
  public static boolean exists(String name) {
    return Files.exists(path(name));
  }

  /** Identifies the namespace on this host while it exists. */
  public long inode() {
    return inode;
  }

  /**
   * Runs a task on a thread of its own inside the namespace and waits for its end. Sockets that the
   * task opens stay in the namespace; threads and processes that it starts, too. The file system
   * view does not change, but {@code /proc/thread-self/net} and {@code /proc/sys/net} are the
   * namespace's.
   *
   * <p>An interrupt of the waiting thread is passed on to the task, and waiting goes on.
   *
   * @throws E what the task throws
   * @throws LinuxException if the namespace can not be entered
   */
  public <T, E extends Exception> T run(NamespaceTask<T, E> task) throws E, LinuxException {
    int entered = descriptor.number();
    return onNewThread(
        "netns-" + inode,
        () -> {
          LinuxException.check(
              LibC.functions().setns(entered, CLONE_NEWNET), "enter " + description);
          return task.call();
        });
  }

  /** Runs a task without a result; otherwise as {@link #run}. */
  public <E extends Exception> void perform(NamespaceAction<E> action) throws E, LinuxException {
    NamespaceTask<Boolean, E> task =
        () -> {
          action.perform();
          return true;
        };
    run(task);
  }

  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return description;
  }

  int descriptor() {
    return descriptor.number();
  }

  private static NetworkNamespace open(Path path, String description) throws IOException {
    int number = LibC.functions().open(path.toString(), OPEN_FLAGS);
    Descriptor descriptor = new Descriptor(LinuxException.check(number, "open " + description));
    try {
      return new NetworkNamespace(descriptor, description);
    } catch (IOException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
  }

  private static Path path(String name) {
    if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("not a name for a network namespace: " + name);
    }
    return NAMES.resolve(name);
  }

  /** Makes the directory a shared mount, so that names reach and leave other mount namespaces. */
  private static synchronized void prepareNames() throws IOException {
    Files.createDirectories(NAMES);
    String names = NAMES.toString();
    if (LibC.functions().mount("none", names, "none", MS_SHARED | MS_REC, 0) == 0) {
      return;
    }
    mount(names, names, MS_BIND | MS_REC);
    mount("none", names, MS_SHARED | MS_REC);
  }

  private static int mount(String source, String target, long flags) throws LinuxException {
    return LinuxException.check(
        LibC.functions().mount(source, target, "none", flags, 0), "mount " + target);
  }

  /** What a task's thread leaves for the one that waits: a result or a failure. */
  private record Outcome<T>(@Nullable T result, @Nullable Throwable failure) {}

  /**
   * A new platform thread each time: it changes its namespace for good, so it must carry no one
   * else's work before or after.
   */
  @SuppressWarnings({"unchecked", "NullAway", "IllegalCatch"})
  static <T, E extends Exception> T onNewThread(String threadName, NamespaceTask<T, Exception> task)
      throws E, LinuxException {
    AtomicReference<@Nullable Outcome<T>> left = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .name(threadName)
            .start(() -> {
              try {
                left.set(new Outcome<>(task.call(), null));
              } catch (Throwable t) {
                left.set(new Outcome<>(null, t));
              }
            });
    join(thread);
    Outcome<T> outcome = left.get();
    return switch (outcome.failure()) {
      case null -> outcome.result();
      case LinuxException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw (E) outcome.failure();
    };
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
        thread.interrupt();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
