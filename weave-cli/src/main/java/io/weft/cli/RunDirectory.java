package io.weft.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the router of one network namespace leaves its pid, its log and how it was launched. There
 * is one such directory a namespace, named after the inode of the namespace, so that several hosts
 * made of namespaces share one filesystem without mixing their routers up.
 */
final class RunDirectory {
  private static final Path OWN_NAMESPACE = Path.of("/proc/self/ns/net");

  private final Path directory;

  RunDirectory(Path directory) {
    this.directory = directory;
  }

  /** The directory for the network namespace of this process; it need not exist yet. */
  static RunDirectory ofThisNamespace(Path runRoot) {
    try {
      String link = Files.readSymbolicLink(OWN_NAMESPACE).toString();
      // The link reads "net:[4026531840]".
      return new RunDirectory(
          runRoot.resolve(link.substring(link.indexOf('[') + 1, link.indexOf(']'))));
    } catch (IOException e) {
      throw CommandFailure.of("cannot tell the network namespace: " + e);
    }
  }

  Path path() {
    return directory;
  }

  Path log() {
    return directory.resolve("router.log");
  }

  private Path pidFile() {
    return directory.resolve("router.pid");
  }

  private Path recordFile() {
    return directory.resolve("router.properties");
  }

  /** Creates the directory, readable by root only: the log may name peers and addresses. */
  void create() throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** Keeps other launches in this namespace out until the channel is closed; null if one is in. */
  @Nullable FileChannel lock() throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (channel.tryLock() == null) {
      channel.close();
      return null;
    }
    return channel;
  }

  /**
   * Keeps other attachments of one container out until the channel is closed, and waits while one
   * is in. Containers do not wait for each other: an address may take long to come.
   *
   * @param inode of the container's network namespace
   */
  FileChannel lockAttachment(long inode) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("attach.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      // One byte per container, at its inode; a lock may lie beyond the end of the file.
      FileLock _ = channel.lock(inode, 1, false);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** The pid that the last launch noted; the process may be gone, or be another one by now. */
  OptionalLong notedPid() {
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(pidFile()).strip()));
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  void notePid(long pid) throws IOException {
    Path temporary = directory.resolve("router.pid.new");
    Files.writeString(temporary, pid + "\n");
    Files.move(
        temporary, pidFile(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  void forgetPid() {
    try {
      Files.deleteIfExists(pidFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Notes what other commands must know of the router.
   *
   * @param docker where Docker is asked for containers; empty for nowhere
   */
  void noteLaunch(String bridge, String databasePrefix, String docker) throws IOException {
    Properties record = new Properties();
    record.setProperty("bridge", bridge);
    record.setProperty("db-prefix", databasePrefix);
    record.setProperty("docker-api", docker);
    try (var writer = Files.newBufferedWriter(recordFile(), StandardCharsets.UTF_8)) {
      record.store(writer, null);
    }
  }

  /** What the last launch noted under {@code key}, or {@code otherwise}. */
  String noted(String key, String otherwise) {
    Properties record = new Properties();
    try (var reader = Files.newBufferedReader(recordFile(), StandardCharsets.UTF_8)) {
      record.load(reader);
    } catch (IOException e) {
      return otherwise;
    }
    return record.getProperty(key, otherwise);
  }

  /** Whether a router was launched here and has not been reset since. */
  boolean knowsOfALaunch() {
    return Files.exists(recordFile());
  }

  boolean exists() {
    return Files.exists(directory);
  }

  /** Removes the directory and what is in it. */
  void remove() {
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : entries.toList()) {
        Files.delete(entry);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
