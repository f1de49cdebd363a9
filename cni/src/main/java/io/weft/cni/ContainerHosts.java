package io.weft.cni;

import io.weft.linux.Errno;
import io.weft.linux.HostNames;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.LinuxException;
import io.weft.linux.PathHandle;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The file {@code /etc/hosts} that a container has of its own (features.md 1.2). It is reached
 * through one of the container's processes and without following links, since the container decides
 * where these lead: a link would take us to files of the host.
 */
public final class ContainerHosts {
  private static final String BEGIN = "# weave attach: begin";
  private static final String END = "# weave attach: end";

  /** Our choice: a thousand times what runtimes write. */
  private static final int BYTES_MAX = 1 << 20;

  private static final String FOLDER = "etc";
  private static final String FILE = "hosts";
  private static final Path PROC = Path.of("/proc");
  private static final FileAttribute<?> READABLE_BY_ALL =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--"));

  private final long process;
  private final long namespace;

  /**
   * The file that a process sees.
   *
   * @param namespace inode of the network namespace that makes it one of the container's
   */
  ContainerHosts(long process, long namespace) {
    this.process = process;
    this.namespace = namespace;
  }

  /**
   * A name to add.
   *
   * @param name a host name
   * @param address an IPv4 or IPv6 address
   */
  public record Entry(String name, String address) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})");

    /**
     * Reads {@code NAME:ADDRESS}.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static Entry parse(String text) {
      int colon = text.indexOf(':');
      if (colon < 0 || !NAME.matcher(text.substring(0, colon)).matches()) {
        throw new IllegalArgumentException("not NAME:ADDRESS: " + text);
      }
      String address = text.substring(colon + 1);
      try {
        return new Entry(text.substring(0, colon), InetAddress.ofLiteral(address).getHostAddress());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("not NAME:ADDRESS: " + text, e);
      }
    }
  }

  /**
   * The file of a container.
   *
   * @throws IOException if it has none of its own, or none that can be reached
   */
  public static ContainerHosts of(ContainerNamespace container) throws IOException {
    long inode = container.namespace().inode();
    if (container.process().isPresent()) {
      ContainerHosts hosts = new ContainerHosts(container.process().getAsLong(), inode);
      hosts.check();
      return hosts;
    }
    return ofNamespace(inode)
        .orElseThrow(() ->
            new IOException(
                "no process of the container has an /etc/hosts of its own that could be written"));
  }

  private static Optional<ContainerHosts> ofNamespace(long inode) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        long number = Long.parseLong(process.getFileName().toString());
        ContainerHosts hosts = new ContainerHosts(number, inode);
        if (hosts.isThere()) {
          return Optional.of(hosts);
        }
      }
    }
    return Optional.empty();
  }

  /** Processes come and go while we look. */
  private boolean isThere() {
    try {
      if (namespaceNow() != namespace) {
        return false;
      }
      check();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void check() throws IOException {
    try (PathHandle folder = folder()) {
      file(folder).ifPresent(PathHandle::close);
    }
  }

  private long namespaceNow() throws IOException {
    return ((Number) Files.getAttribute(PROC.resolve(process + "/ns/net"), "unix:ino")).longValue();
  }

  /** The number of a process that has ended goes to another one some time. */
  private void requireInContainer() throws IOException {
    if (namespaceNow() != namespace) {
      throw new IOException("process %d is not in the container any more".formatted(process));
    }
  }

  private PathHandle folder() throws IOException {
    try (PathHandle root = PathHandle.of(PROC.resolve(process + "/root"))) {
      PathHandle folder = root.child(FOLDER);
      try {
        // Only now, so that it is said of the process whose folder is held.
        requireInContainer();
        if (!folder.attributes().isDirectory()) {
          throw new IOException("/etc of the container is no folder");
        }
        return folder;
      } catch (IOException | RuntimeException e) {
        folder.close();
        throw e;
      }
    }
  }

  /**
   * The file, if there is one, or leave to make it. The container may put another in its place at
   * any time: it is held first, looked at then, and nothing else is opened afterwards.
   */
  private Optional<PathHandle> file(PathHandle folder) throws IOException {
    Path ours = Path.of("/").resolve(FOLDER);
    PathHandle file;
    try {
      file = folder.child(FILE);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      refuse(folder, ours);
      return Optional.empty();
    }
    try {
      refuse(file, ours.resolve(FILE));
      if (!file.attributes().isRegularFile()) {
        throw new IOException("/etc/hosts of the container is no ordinary file");
      }
      return Optional.of(file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void refuse(PathHandle theirs, Path ours) throws IOException {
    Object host;
    try {
      host = Files.readAttributes(ours, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return;
    }
    if (host.equals(theirs.attributes().fileKey())) {
      throw new IOException(
          "process %d sees the host's own /etc/hosts, which is left alone".formatted(process));
    }
  }

  private PathHandle fileOrNew(PathHandle folder) throws IOException {
    Optional<PathHandle> present = file(folder);
    if (present.isPresent()) {
      return present.get();
    }
    // Fails for whatever has come there meanwhile, and opens none of it.
    Files.createFile(folder.path().resolve(FILE), READABLE_BY_ALL);
    return file(folder)
        .orElseThrow(() -> new IOException("/etc/hosts of the container does not stay"));
  }

  /**
   * Writes names into the file, in place of what an earlier call has written. All else stays as it
   * is, byte for byte.
   *
   * @param own addresses that the container's own name is to have; where there are any, that name
   *     goes from all other lines
   * @throws IOException if the process is not in the container any more, the file is none to be
   *     written, or writing fails; then the file is put back as far as that can be done
   */
  public void write(List<Ipv4Prefix> own, List<Entry> entries) throws IOException {
    try (PathHandle folder = folder();
        PathHandle place = fileOrNew(folder);
        FileChannel file =
            FileChannel.open(place.path(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      byte[] before = read(file);
      Set<String> names = own.isEmpty() ? Set.of() : names(HostNames.ofPid(process));
      requireInContainer();
      String text = new String(before, StandardCharsets.ISO_8859_1);
      byte[] after = rewritten(text, own, names, entries).getBytes(StandardCharsets.ISO_8859_1);
      try {
        replace(file, after);
      } catch (IOException e) {
        putBack(file, before, e);
        throw e;
      }
    }
  }

  private static byte[] read(FileChannel file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES_MAX + 1);
    while (bytes.hasRemaining() && file.read(bytes) >= 0) {
      // Until the end.
    }
    if (!bytes.hasRemaining()) {
      throw new IOException("/etc/hosts of the container is too large");
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  /** In place: a file that is mounted on its own, as runtimes have it, cannot be renamed over. */
  private static void replace(FileChannel file, byte[] content) throws IOException {
    file.position(0);
    ByteBuffer rest = ByteBuffer.wrap(content);
    while (rest.hasRemaining()) {
      file.write(rest);
    }
    file.truncate(content.length);
  }

  private static void putBack(FileChannel file, byte[] content, IOException cause) {
    try {
      replace(file, content);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** The name in full and without its domain, its bytes as characters like all of the file's. */
  private static Set<String> names(String host) {
    String name = new String(host.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    return new LinkedHashSet<>(List.of(name, name.replaceFirst("\\..*", "")));
  }

  static String rewritten(
      String before, List<Ipv4Prefix> own, Set<String> names, List<Entry> entries) {
    List<String> block = new ArrayList<>();
    own.forEach(one -> block.add(one.address() + " " + String.join(" ", names)));
    entries.forEach(entry -> block.add(entry.address() + " " + entry.name()));
    StringBuilder text = new StringBuilder();
    if (!block.isEmpty()) {
      text.append(BEGIN).append('\n');
      block.forEach(line -> text.append(line).append('\n'));
      text.append(END).append('\n');
    }
    List<String> lines = lines(before);
    int next = 0;
    while (next < lines.size()) {
      String line = lines.get(next);
      if (line.equals(BEGIN)) {
        next = afterBlock(lines, next);
      } else {
        without(names, line).ifPresent(kept -> text.append(kept).append('\n'));
        next++;
      }
    }
    return text.toString();
  }

  private static List<String> lines(String text) {
    if (text.isEmpty()) {
      return List.of();
    }
    int end = text.endsWith("\n") ? text.length() - 1 : text.length();
    return List.of(text.substring(0, end).split("\n", -1));
  }

  /**
   * Without an end mark of its own nobody knows what was ours: only the mark at {@code begin} is.
   */
  private static int afterBlock(List<String> lines, int begin) {
    for (int i = begin + 1; i < lines.size() && !lines.get(i).equals(BEGIN); i++) {
      if (lines.get(i).equals(END)) {
        return i + 1;
      }
    }
    return begin + 1;
  }

  /** A line without these names; nothing when no other name is left on it. */
  private static Optional<String> without(Set<String> names, String line) {
    int comment = line.indexOf('#');
    String content = comment < 0 ? line : line.substring(0, comment);
    List<String> words = List.of(content.strip().split("\\s+", -1));
    List<String> kept =
        words.stream().skip(1).filter(word -> !names.contains(word)).collect(Collectors.toList());
    if (kept.size() == words.size() - 1) {
      return Optional.of(line);
    }
    kept.addFirst(words.getFirst());
    return kept.size() == 1 ? Optional.empty() : Optional.of(String.join(" ", kept));
  }
}
