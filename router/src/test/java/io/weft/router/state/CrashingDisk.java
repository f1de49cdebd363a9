package io.weft.router.state;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A disk in memory that knows what a power cut may leave of it. */
final class CrashingDisk implements Disk {
  /** Of so many blocks all subsets are tried. */
  private static final int MOST_BLOCKS = 6;

  final List<Step> steps = new ArrayList<>();

  /** Whether overwriting fails, after half of it. */
  boolean isFull;

  private final Map<Path, byte[]> files = new HashMap<>();

  /** What is done to a disk; the offset is that of an overwrite. */
  record Step(String what, Path file, byte[] content, Path target, long offset) {}

  @Override
  public @Nullable Content read(Path file, int maxBytes) {
    byte[] bytes = files.get(file);
    return bytes == null ? null : new Content(bytes, null);
  }

  /** Each change makes another array. */
  @Override
  public @Nullable Object mark(Path file) {
    return files.get(file);
  }

  /** Somebody else writes a file, and that is on the disk. */
  void put(Path file, byte[] content) {
    write(file, content);
    sync(file);
    syncFolder(file);
  }

  @Override
  public void write(Path file, byte[] content) {
    record(new Step("write", file, content.clone(), file, 0));
  }

  @Override
  public void sync(Path file) {
    record(new Step("sync", file, new byte[0], file, 0));
  }

  @Override
  public void overwrite(Path file, long offset, byte[] bytes) throws IOException {
    if (isFull) {
      byte[] half = Arrays.copyOf(bytes, bytes.length / 2);
      apply(files, new Step("overwrite", file, half, file, offset));
      throw new IOException("no space left");
    }
    record(new Step("overwrite", file, bytes.clone(), file, offset));
    record(new Step("syncContent", file, new byte[0], file, 0));
  }

  @Override
  public void replace(Path source, Path target) {
    record(new Step("replace", source, new byte[0], target, 0));
  }

  @Override
  public void syncFolder(Path folder) {
    record(new Step("syncFolder", folder, new byte[0], folder, 0));
  }

  /** How the file was changed each time. */
  List<String> saves() {
    return steps.stream()
        .map(Step::what)
        .filter(what -> what.equals("replace") || what.equals("overwrite"))
        .toList();
  }

  private void record(Step step) {
    steps.add(step);
    apply(files, step);
  }

  private static void apply(Map<Path, byte[]> files, Step step) {
    switch (step.what) {
      case "write" -> files.put(step.file, step.content);
      case "replace" -> {
        byte[] moved = files.remove(step.file);
        if (moved != null) {
          files.put(step.target, moved);
        }
      }
      case "overwrite" -> files.put(step.file, overwritten(files, step, 0, step.content.length));
      default -> {}
    }
  }

  private static byte[] overwritten(Map<Path, byte[]> files, Step step, int from, int to) {
    byte[] content = files.getOrDefault(step.file, new byte[0]).clone();
    System.arraycopy(step.content, from, content, (int) step.offset + from, to - from);
    return content;
  }

  /** Every disk that may be found when the power fails after so many steps. */
  List<CrashingDisk> crashedAfter(int count) {
    List<CrashingDisk> found = new ArrayList<>();
    int synced = lastBarrier(count);
    for (int done = synced; done <= count; done++) {
      // Names reach the disk in order, but any number of those not synced may be missing.
      CrashingDisk disk = after(done);
      found.add(disk);
      unsyncedWrites(done).forEach((file, write) -> found.addAll(withLostBytes(disk, write, file)));
      if (done > synced && steps.get(done - 1).what.equals("overwrite")) {
        found.addAll(halfOverwritten(after(done - 1), steps.get(done - 1)));
      }
    }
    return found;
  }

  private CrashingDisk after(int count) {
    CrashingDisk disk = new CrashingDisk();
    steps.subList(0, count).forEach(step -> apply(disk.files, step));
    return disk;
  }

  private int lastBarrier(int count) {
    for (int step = count; step > 0; step--) {
      if (steps.get(step - 1).what.equals("syncFolder")
          || steps.get(step - 1).what.equals("syncContent")) {
        return step;
      }
    }
    return 0;
  }

  /** What was written and by what name it is found, of which nobody has waited for the content. */
  private Map<Path, Step> unsyncedWrites(int count) {
    Map<Path, Step> unsynced = new HashMap<>();
    for (Step step : steps.subList(0, count)) {
      switch (step.what) {
        case "write" -> unsynced.put(step.file, step);
        case "sync" -> unsynced.remove(step.file);
        case "replace" -> {
          Step moved = unsynced.remove(step.file);
          unsynced.remove(step.target);
          if (moved != null) {
            unsynced.put(step.target, moved);
          }
        }
        default -> {}
      }
    }
    return unsynced;
  }

  private static List<CrashingDisk> withLostBytes(CrashingDisk disk, Step write, Path file) {
    List<CrashingDisk> found = new ArrayList<>();
    int stride = Math.max(1, write.content.length / 200);
    for (int kept = 0; kept < write.content.length; kept += stride) {
      found.add(disk.with(file, Arrays.copyOf(write.content, kept)));
    }
    return found;
  }

  /** The first so many bytes are new, or the last, or any of a few blocks: they have no order. */
  private static List<CrashingDisk> halfOverwritten(CrashingDisk before, Step step) {
    List<CrashingDisk> found = new ArrayList<>();
    int length = step.content.length;
    for (int at = 0; at <= length; at += Math.max(1, length / 200)) {
      found.add(before.with(step.file, overwritten(before.files, step, 0, at)));
      found.add(before.with(step.file, overwritten(before.files, step, at, length)));
    }
    int blocks = (length + StateSlots.BLOCK_BYTES - 1) / StateSlots.BLOCK_BYTES;
    for (int subset = 0; blocks <= MOST_BLOCKS && subset < 1 << blocks; subset++) {
      CrashingDisk some = before;
      for (int block = 0; block < blocks; block++) {
        if ((subset >> block & 1) != 0) {
          int from = block * StateSlots.BLOCK_BYTES;
          int to = Math.min(length, from + StateSlots.BLOCK_BYTES);
          some = some.with(step.file, overwritten(some.files, step, from, to));
        }
      }
      found.add(some);
    }
    return found;
  }

  private CrashingDisk with(Path file, byte[] content) {
    CrashingDisk changed = new CrashingDisk();
    changed.files.putAll(files);
    changed.files.put(file, content);
    return changed;
  }
}
