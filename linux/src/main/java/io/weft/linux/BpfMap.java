package io.weft.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A map of the kernel's eBPF machine. Keys and values are direct buffers of native byte order, from
 * their first byte on, of exactly the sizes that the map has. Any thread; each call is atomic.
 */
public final class BpfMap implements AutoCloseable {
  private static final int INFO_BYTES = 88;
  private static final int ELEMENT_BYTES = 32;
  private static final int BATCH_BYTES = 56;
  private static final int NAME_BYTES = 16;
  private static final Path POSSIBLE_CPUS = Path.of("/sys/devices/system/cpu/possible");
  private static final Pattern LAST_NUMBER = Pattern.compile("([0-9]{1,5})\\s*$");

  private final Descriptor descriptor;
  private final Description description;

  /**
   * What a map is; two maps of one description can stand in for each other.
   *
   * @param type the kernel's number of the kind of map
   * @param maxEntries most entries; of a ring buffer its bytes
   */
  public record Description(
      String name, int type, int keyBytes, int valueBytes, int maxEntries, int flags) {}

  /** Takes an entry; the buffers are reused for the next. */
  @FunctionalInterface
  public interface EntryReader {
    /** The key at {@code keyOffset} of {@code keys}, the value likewise. */
    void read(ByteBuffer keys, int keyOffset, ByteBuffer values, int valueOffset);
  }

  private BpfMap(Descriptor descriptor, Description description) {
    this.descriptor = descriptor;
    this.description = description;
  }

  /** A handle that owns a descriptor. */
  static BpfMap of(Descriptor descriptor) throws LinuxException {
    try {
      ByteBuffer info = LibC.allocate(INFO_BYTES);
      BpfCall.info(descriptor, info, "look at an eBPF map");
      byte[] name = new byte[NAME_BYTES];
      info.get(24, name);
      Description description =
          new Description(
              new String(name, StandardCharsets.US_ASCII).replace("\0", ""),
              info.getInt(0),
              info.getInt(8),
              info.getInt(12),
              info.getInt(16),
              info.getInt(20));
      return new BpfMap(descriptor, description);
    } catch (LinuxException e) {
      descriptor.close();
      throw e;
    }
  }

  /** What this map is. */
  public Description description() {
    return description;
  }

  /** How many values an entry of a per-CPU map has. */
  public static int possibleCpus() throws IOException {
    Matcher last = LAST_NUMBER.matcher(Files.readString(POSSIBLE_CPUS));
    if (!last.find()) {
      throw new IOException("cannot read the number of CPUs in " + POSSIBLE_CPUS);
    }
    return Integer.parseInt(last.group(1)) + 1;
  }

  /** Sets the value of a key, whole. */
  public void put(ByteBuffer key, ByteBuffer value) throws LinuxException {
    int result = element(BpfCall.MAP_UPDATE_ELEM, key, value);
    LibBpf.check(result, "write to the eBPF map " + description.name());
  }

  /** Reads the value of a key; false when there is none. */
  public boolean get(ByteBuffer key, ByteBuffer value) throws LinuxException {
    return found(element(BpfCall.MAP_LOOKUP_ELEM, key, value), "read the eBPF map ");
  }

  /**
   * Reads the value of a key of a per-CPU map and adds up each of its 64-bit words over all CPUs;
   * zeros when there is none.
   *
   * @param values room for those of all CPUs
   */
  public long[] sums(ByteBuffer key, ByteBuffer values) throws LinuxException {
    long[] sums = new long[description.valueBytes() / Long.BYTES];
    if (get(key, values)) {
      int words = values.capacity() / Long.BYTES;
      for (int word = 0; word < words; word++) {
        sums[word % sums.length] += values.getLong(word * Long.BYTES);
      }
    }
    return sums;
  }

  /** Removes a key; false when it was not there. */
  public boolean remove(ByteBuffer key) throws LinuxException {
    ByteBuffer attributes = LibC.allocate(ELEMENT_BYTES).putInt(0, descriptor.number());
    int result =
        LibC.withAddress(
            key, pointer -> BpfCall.call(BpfCall.MAP_DELETE_ELEM, attributes.putLong(8, pointer)));
    return found(result, "remove from the eBPF map ");
  }

  /** Reads all entries, in no order; those that change meanwhile may be missed. */
  public void forEach(EntryReader reader) throws LinuxException {
    int room = 1024;
    ByteBuffer keys = LibC.allocate(room * description.keyBytes());
    ByteBuffer values = LibC.allocate(room * description.valueBytes());
    // Of a hash map this names a bucket, whatever the size of its keys.
    ByteBuffer position = LibC.allocate(Math.max(Long.BYTES, description.keyBytes()));
    ByteBuffer attributes = LibC.allocate(BATCH_BYTES);
    boolean first = true;
    while (true) {
      int result = batch(attributes, first, position, keys, values);
      if (result == -Errno.ENOSPC) {
        room *= 2;
        keys = LibC.allocate(room * description.keyBytes());
        values = LibC.allocate(room * description.valueBytes());
        continue;
      }
      boolean end = result == -Errno.ENOENT;
      if (!end) {
        LibBpf.check(result, "read the eBPF map " + description.name());
      }
      for (int i = 0; i < attributes.getInt(32); i++) {
        reader.read(keys, i * description.keyBytes(), values, i * description.valueBytes());
      }
      if (end) {
        return;
      }
      first = false;
    }
  }

  private int batch(
      ByteBuffer attributes,
      boolean first,
      ByteBuffer position,
      ByteBuffer keys,
      ByteBuffer values) {
    attributes.putInt(32, keys.capacity() / description.keyBytes());
    attributes.putInt(36, descriptor.number());
    return LibC.withAddress(
        position,
        start ->
            LibC.withAddress(
                keys,
                keysStart ->
                    LibC.withAddress(
                        values,
                        valuesStart -> {
                          attributes.putLong(0, first ? 0 : start).putLong(8, start);
                          attributes.putLong(16, keysStart).putLong(24, valuesStart);
                          return BpfCall.call(BpfCall.MAP_LOOKUP_BATCH, attributes);
                        })));
  }

  @Override
  public void close() {
    descriptor.close();
  }

  int descriptor() {
    return descriptor.number();
  }

  private boolean found(int result, String attempted) throws LinuxException {
    if (result == -Errno.ENOENT) {
      return false;
    }
    LibBpf.check(result, attempted + description.name());
    return true;
  }

  private int element(int command, ByteBuffer key, ByteBuffer value) {
    ByteBuffer attributes = LibC.allocate(ELEMENT_BYTES).putInt(0, descriptor.number());
    return LibC.withAddress(
        key,
        keyPointer ->
            LibC.withAddress(
                value,
                valuePointer ->
                    BpfCall.call(
                        command, attributes.putLong(8, keyPointer).putLong(16, valuePointer))));
  }
}
