package io.weft.cni.plugin;

import io.weft.cni.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the plugins have attached, one small file each, so that a restarted router can tell whose an
 * address is and which container has vanished.
 *
 * <p>Written before anything is done for an attachment, removed after everything is undone: a
 * router killed in between knows of everything that may be there. Files are not forced to the disk:
 * when the host itself goes down, its containers go, too. One thread for one attachment at a time.
 */
final class Attachments {
  private static final int FILE_BYTES_MAX = 16 << 10;

  /** No container id begins so. */
  private static final String UNFINISHED = ".";

  private static final System.Logger LOGGER = System.getLogger(Attachments.class.getName());

  private final Path folder;

  Attachments(Path folder) {
    this.folder = folder;
  }

  /**
   * One attachment.
   *
   * @param network name of the network it belongs to
   * @param isIpam whether only its addresses are ours, and the interface another plugin's
   * @param delegate type of the plugin that gave its address, empty for our allocator
   * @param namespacePath where the container's namespace was when it was attached
   * @param namespaceInode its number, 0 if the router could not see it at that path
   * @param isComplete whether ADD has come to its end
   */
  record Entry(
      AttachmentKey key,
      String network,
      boolean isIpam,
      String delegate,
      String namespacePath,
      long namespaceInode,
      boolean isComplete) {
    Entry completed() {
      return new Entry(key, network, isIpam, delegate, namespacePath, namespaceInode, true);
    }
  }

  /** Remembers an attachment, or what has become of it. */
  void put(Entry entry) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("containerID", entry.key.containerId());
    fields.put("ifname", entry.key.interfaceName());
    fields.put("network", entry.network);
    fields.put("ipam", entry.isIpam);
    fields.put("delegate", entry.delegate);
    fields.put("netns", entry.namespacePath);
    fields.put("inode", entry.namespaceInode);
    fields.put("complete", entry.isComplete);
    Path next = folder.resolve(UNFINISHED + entry.key.fileName());
    byte[] document = Json.bytes(fields);
    try {
      Files.write(next, document);
    } catch (NoSuchFileException e) {
      Files.createDirectories(folder);
      Files.write(next, document);
    }
    Files.move(next, file(entry.key), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Forgets an attachment. */
  void remove(AttachmentKey key) throws IOException {
    Files.deleteIfExists(file(key));
  }

  Optional<Entry> find(AttachmentKey key) {
    return read(file(key));
  }

  /** All of them, in no particular order. */
  List<Entry> list() throws IOException {
    List<Entry> entries = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return entries;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (!isUnfinished(file)) {
          read(file).ifPresent(entries::add);
        }
      }
    }
    return entries;
  }

  /**
   * What the allocator calls them.
   *
   * @throws UncheckedIOException if they cannot be listed
   */
  Set<String> identities() {
    try {
      Set<String> identities = new HashSet<>();
      list().forEach(entry -> identities.add(entry.key().identity()));
      return identities;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes what a router that was killed was about to write; nobody else may be writing. */
  void removeUnfinished() throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder, Attachments::isUnfinished)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static boolean isUnfinished(Path file) {
    return file.getFileName().toString().startsWith(UNFINISHED);
  }

  private Path file(AttachmentKey key) {
    return folder.resolve(key.fileName());
  }

  private static Optional<Entry> read(Path file) {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new IOException("it is longer than " + FILE_BYTES_MAX + " bytes");
      }
      JsonObject fields = JsonObject.parse(Files.readAllBytes(file), file.toString());
      AttachmentKey key = new AttachmentKey(text(fields, "containerID"), text(fields, "ifname"));
      if (!file.endsWith(key.fileName())) {
        throw new IOException("its name is not that of " + key);
      }
      @Nullable Object inode = fields.fields().get("inode");
      return Optional.of(
          new Entry(
              key,
              text(fields, "network"),
              fields.bool("ipam", false),
              text(fields, "delegate"),
              text(fields, "netns"),
              inode instanceof Number number ? number.longValue() : 0,
              fields.bool("complete", false)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "cannot read {0}: {1}", file, e.getMessage());
      return Optional.empty();
    }
  }

  private static String text(JsonObject fields, String key) throws CniException {
    return fields.string(key).orElse("");
  }
}
