package io.weft.cni;

import io.weft.linux.HostNames;
import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
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

  private static final Path FOLDER = Path.of("etc");
  private static final Path FILE = Path.of("hosts");
  private static final Path PROC = Path.of("/proc");

  private final long process;

  private ContainerHosts(long process) {
    this.process = process;
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
    if (container.process().isPresent()) {
      ContainerHosts hosts = new ContainerHosts(container.process().getAsLong());
      if (!hosts.isOwn()) {
        throw new IOException(
            "process %d sees the host's own /etc/hosts, which is left alone"
                .formatted(hosts.process));
      }
      return hosts;
    }
    return ofNamespace(container.namespace().inode())
        .orElseThrow(() ->
            new IOException(
                "no process of the container has an /etc/hosts of its own that could be written"));
  }

  private static Optional<ContainerHosts> ofNamespace(long inode) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        ContainerHosts hosts = new ContainerHosts(Long.parseLong(process.getFileName().toString()));
        if (hosts.isIn(inode)) {
          return Optional.of(hosts);
        }
      }
    }
    return Optional.empty();
  }

  /** Processes come and go while we look. */
  private boolean isIn(long inode) {
    try {
      Object own = Files.getAttribute(PROC.resolve(process + "/ns/net"), "unix:ino");
      return ((Number) own).longValue() == inode && isOwn();
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isOwn() throws IOException {
    try (SecureDirectoryStream<Path> folder = folder()) {
      Object theirs =
          folder.getFileAttributeView(BasicFileAttributeView.class).readAttributes().fileKey();
      Path ours = Path.of("/").resolve(FOLDER);
      boolean isShared = theirs.equals(keyOf(ours));
      try {
        return !attributes(folder).fileKey().equals(keyOf(ours.resolve(FILE)));
      } catch (NoSuchFileException e) {
        return !isShared;
      }
    }
  }

  private static Object keyOf(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  private static BasicFileAttributes attributes(SecureDirectoryStream<Path> folder)
      throws IOException {
    return folder
        .getFileAttributeView(FILE, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  private SecureDirectoryStream<Path> folder() throws IOException {
    Path path = PROC.resolve(process + "/root");
    try (DirectoryStream<Path> root = Files.newDirectoryStream(path)) {
      if (root instanceof SecureDirectoryStream<Path> secure) {
        return secure.newDirectoryStream(FOLDER, LinkOption.NOFOLLOW_LINKS);
      }
    }
    throw new IOException("folders cannot be opened safely here: " + path);
  }

  /**
   * Writes names into the file, in place of what an earlier call has written.
   *
   * @param own addresses that the container's own name is to have; where there are any, that name
   *     goes from all other lines
   */
  public void write(List<Ipv4Prefix> own, List<Entry> entries) throws IOException {
    try (SecureDirectoryStream<Path> folder = folder();
        SeekableByteChannel file = open(folder)) {
      if (file.size() > BYTES_MAX) {
        throw new IOException("/etc/hosts of the container is too large");
      }
      ByteBuffer before = ByteBuffer.allocate(BYTES_MAX);
      while (before.hasRemaining() && file.read(before) >= 0) {
        // Until the end.
      }
      String text = new String(before.array(), 0, before.position(), StandardCharsets.UTF_8);
      Set<String> names = own.isEmpty() ? Set.of() : names(HostNames.ofPid(process));
      byte[] after = rewritten(text, own, names, entries).getBytes(StandardCharsets.UTF_8);
      file.position(0);
      ByteBuffer rest = ByteBuffer.wrap(after);
      while (rest.hasRemaining()) {
        file.write(rest);
      }
      file.truncate(after.length);
    }
  }

  private static SeekableByteChannel open(SecureDirectoryStream<Path> folder) throws IOException {
    try {
      if (!attributes(folder).isRegularFile()) {
        throw new IOException("/etc/hosts of the container is no ordinary file");
      }
    } catch (NoSuchFileException e) {
      // It is made then, for all to read.
    }
    return folder.newByteChannel(
        FILE,
        Set.of(
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            LinkOption.NOFOLLOW_LINKS),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
  }

  /** The name in full and without its domain. */
  private static Set<String> names(String host) {
    return new LinkedHashSet<>(List.of(host, host.replaceFirst("\\..*", "")));
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
    boolean isOurs = false;
    for (String line : before.lines().toList()) {
      isOurs |= line.equals(BEGIN);
      if (!isOurs) {
        without(names, line).ifPresent(kept -> text.append(kept).append('\n'));
      }
      isOurs &= !line.equals(END);
    }
    return text.toString();
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
