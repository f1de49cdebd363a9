package io.weft.router.state;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code <prefix>data.db}. Weave Net's own of that name is read once and kept beside ours,
 * as {@code <prefix>data.db.weave-net}, when that takes its place. The first change is written to a
 * file beside it, synced, and put in its place in one step; the folder is synced last. Later ones
 * are written into that file, see {@link StateSlots}. A lock file keeps a second router away for as
 * long as this one runs. Not safe for use by several threads at a time.
 */
public final class StateFile implements AutoCloseable {
  /** Longest file accepted; the state of 4096 peers with a fragmented ring is far smaller. */
  static final int MAX_BYTES = 64 << 20;

  /** Between the reads of a file that is not locked a router may write to it. */
  private static final int PEEKS = 3;

  private static final String KEPT_SUFFIX = ".weave-net";
  private static final String ONE_IS_BROKEN =
      "one of the two states in {0} is not whole, the other is taken: a save was cut off by a loss"
          + " of power, or the file is damaged and this may be the state before the last";
  private static final System.Logger LOG = System.getLogger(StateFile.class.getName());

  private final Path file;
  private final Path temporary;
  private final Path folder;
  private final Disk disk;
  private final int maxBytes;
  private final @Nullable FileChannel lockChannel;
  private byte @Nullable [] foreign;
  private StoredState state;

  /**
   * Those of the file; null until we have put one in its place, and after a write that failed. What
   * an earlier process wrote into it may not be on the disk yet, so that neither slot may be
   * overwritten.
   */
  private @Nullable StateSlots slots;

  /** As {@link Disk#mark}, after our last write. */
  private @Nullable Object mark;

  private StateFile(Path file, Disk disk, int maxBytes, @Nullable FileChannel lockChannel)
      throws StateException {
    this.file = file;
    this.temporary = beside(file, ".new");
    this.folder = folderOf(file);
    this.disk = disk;
    this.maxBytes = maxBytes;
    this.lockChannel = lockChannel;
    this.state = read();
  }

  /**
   * Opens the state with this prefix, which may be new, and keeps others from doing so.
   *
   * @param prefix for example {@code /var/lib/weave/weave}; its folder is made when missing
   * @throws StateException when another router uses it, or it cannot be read or written
   */
  public static StateFile open(String prefix) throws StateException {
    Path file = Path.of(prefix + "data.db").toAbsolutePath();
    FileChannel lockChannel = lock(file);
    try {
      return new StateFile(file, new LocalDisk(), MAX_BYTES, lockChannel);
    } catch (StateException e) {
      closeQuietly(lockChannel, e);
      throw e;
    }
  }

  /**
   * What is stored with this prefix, without keeping others away: one state in it is whole at any
   * time, so that even a running router's can be read.
   *
   * @throws StateException when it cannot be read
   */
  public static StoredState peek(String prefix) throws StateException {
    Path file = Path.of(prefix + "data.db").toAbsolutePath();
    for (int attempt = 1; attempt < PEEKS; attempt++) {
      try {
        return open(file, new LocalDisk()).state();
      } catch (StateException e) {
        LOG.log(Level.DEBUG, "read while both states were being written, perhaps", e);
      }
    }
    return open(file, new LocalDisk()).state();
  }

  /** The state on another disk, without a lock. */
  static StateFile open(Path file, Disk disk) throws StateException {
    return open(file, disk, MAX_BYTES);
  }

  /** The same with another limit to the length of the file. */
  static StateFile open(Path file, Disk disk, int maxBytes) throws StateException {
    return new StateFile(file, disk, maxBytes, null);
  }

  /** What is stored. */
  public StoredState state() {
    return state;
  }

  /**
   * Makes a new state durable before this returns.
   *
   * @throws IOException when that fails; then the old state is still the stored one, or the new one
   *     is
   */
  public void save(StoredState newState) throws IOException {
    byte[] bytes = StoredStateCodec.encode(newState);
    keepForeign();
    if (!overwrite(bytes)) {
      replace(bytes);
    }
    state = newState;
  }

  /** Saves in place; answers whether that was possible. */
  private boolean overwrite(byte[] bytes) throws IOException {
    StateSlots present = slots;
    slots = null;
    if (present == null || !present.fits(bytes)) {
      return false;
    }
    StateSlots.Overwrite next = present.next(bytes);
    try {
      if (!Objects.equals(disk.mark(file), mark)) {
        LOG.log(Level.WARNING, "somebody else has changed {0}, it is written anew", file);
        return false;
      }
      disk.overwrite(file, next.offset(), next.bytes());
      mark = disk.mark(file);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0} cannot be written in place, a new one is: {1}", file, e);
      return false;
    }
    slots = present;
    return true;
  }

  private void replace(byte[] bytes) throws IOException {
    StateSlots next = StateSlots.forState(bytes.length, maxBytes);
    if (bytes.length > maxBytes) {
      throw new IOException(
          "a state of %d bytes could not be read again, at most %d are accepted"
              .formatted(bytes.length, maxBytes));
    }
    disk.write(temporary, next == null ? bytes : next.newFile(bytes));
    disk.sync(temporary);
    disk.replace(temporary, file);
    disk.syncFolder(folder);
    mark = disk.mark(file);
    slots = next;
  }

  /** Keeps a database of Weave Net for the way back, before ours takes its place. */
  private void keepForeign() throws IOException {
    byte[] original = foreign;
    if (original != null) {
      Path kept = beside(file, KEPT_SUFFIX);
      disk.write(kept, original);
      disk.sync(kept);
      foreign = null;
    }
  }

  /** Lets others use the file. */
  @Override
  public void close() throws IOException {
    if (lockChannel != null) {
      lockChannel.close();
    }
  }

  private StoredState read() throws StateException {
    try {
      Disk.Content content = disk.read(file, maxBytes);
      if (content == null) {
        return StoredState.EMPTY;
      }
      byte[] bytes = content.bytes();
      IOException unreadable = content.unreadable();
      if (unreadable != null) {
        return salvage(bytes, unreadable);
      }
      if (BoltFile.isOne(bytes)) {
        StoredState imported = WeaveNetState.read(bytes);
        foreign = bytes;
        LOG.log(Level.INFO, "{0} is a database of Weave Net, its state is taken over", file);
        return imported;
      }
      StoredState found = StoredStateCodec.decode(bytes);
      // Without a lock it may be one that is being written.
      if (lockChannel != null && StateSlots.hasBrokenSlot(bytes)) {
        LOG.log(Level.WARNING, ONE_IS_BROKEN, file);
      }
      return found;
    } catch (IOException | StateException e) {
      throw new StateException(
          "cannot use the state file %s: %s; move it away to start with an empty state"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /** Of a file of which parts cannot be read one state may be whole all the same. */
  private StoredState salvage(byte[] bytes, IOException unreadable) throws IOException {
    try {
      StoredState found = StoredStateCodec.decode(bytes);
      LOG.log(Level.WARNING, ONE_IS_BROKEN + ": {1}", file, unreadable.getMessage());
      return found;
    } catch (StateException e) {
      unreadable.addSuppressed(e);
      throw unreadable;
    }
  }

  private static FileChannel lock(Path file) throws StateException {
    Path lockFile = beside(file, ".lock");
    try {
      Files.createDirectories(folderOf(file));
      FileChannel channel =
          FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new StateException("another router uses the state file " + file);
      }
      return channel;
    } catch (IOException e) {
      throw new StateException("cannot lock the state file %s: %s".formatted(file, e), e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void closeQuietly(FileChannel channel, StateException cause) {
    try {
      channel.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private static Path folderOf(Path file) {
    Path parent = file.getParent();
    return parent == null ? Path.of(".") : parent;
  }
}
