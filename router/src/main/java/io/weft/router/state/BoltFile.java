package io.weft.router.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads a file of Bolt, the key-value store that Weave Net keeps its state in: a tree of pages, all
 * numbers little endian. Two pages describe the file; the sound one of the later transaction
 * counts. Immutable.
 *
 * <pre>
 *   page:  id u64 | flags u16: 1 branch, 2 leaf, 4 description | count u16 | overflow u32
 *   description: magic u32 | version u32 | page size u32 | flags u32 | root page u64 | u64
 *                | free list u64 | end u64 | transaction u64 | FNV-1a u64 of all before it
 *   branch element: offset of the key u32 | key size u32 | page u64
 *   leaf element:   flags u32: 1 bucket | offset of the key u32 | key size u32 | value size u32
 *   bucket: root page u64, 0 for one that follows | u64 | page, if it follows
 * </pre>
 */
final class BoltFile {
  private static final int MAGIC = 0xed0cdaed;
  private static final int VERSION = 2;
  private static final int HEADER_BYTES = 16;
  private static final int ELEMENT_BYTES = 16;
  private static final int BUCKET_BYTES = 16;
  private static final int CHECKED_BYTES = 56;
  private static final int BRANCH = 1;
  private static final int LEAF = 2;
  private static final int IS_BUCKET = 1;
  private static final int MIN_PAGE_BYTES = 512;
  private static final int MAX_PAGE_BYTES = 1 << 16;

  /** Our choice: more than those of Weave Net have. */
  private static final int LONGEST_KEY = 64;

  /** Our choice: a tree of this depth would not fit any disk. */
  private static final int MAX_DEPTH = 32;

  private final ByteBuffer bytes;
  private final int pageBytes;
  private final long root;
  private int pagesLeft;

  private BoltFile(ByteBuffer bytes, int pageBytes, long root) {
    this.bytes = bytes;
    this.pageBytes = pageBytes;
    this.root = root;
    pagesLeft = bytes.capacity() / pageBytes + 1;
  }

  /** Whether a file says that it is one. */
  static boolean isOne(byte[] content) {
    return content.length >= HEADER_BYTES + CHECKED_BYTES
        && ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(HEADER_BYTES) == MAGIC;
  }

  /**
   * Values of a bucket by their keys, of those wanted and there.
   *
   * @throws StateException when the file is damaged; the message lacks the file's name
   */
  static Map<String, byte[]> read(byte[] content, String bucket, Set<String> wanted)
      throws StateException {
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    try {
      BoltFile file = open(bytes);
      Map<String, byte[]> values = new HashMap<>();
      file.visit(
          file.page(file.root),
          0,
          (key, flags, at, size) -> {
            if (key.equals(bucket) && (flags & IS_BUCKET) != 0) {
              file.visit(
                  file.bucket(at, size),
                  0,
                  (name, kind, from, length) -> {
                    boolean isValue = (kind & IS_BUCKET) == 0;
                    if (isValue && wanted.contains(name) && !values.containsKey(name)) {
                      values.put(name, file.copy(from, length));
                    }
                  });
            }
          });
      return values;
    } catch (IndexOutOfBoundsException e) {
      throw new StateException("the database of Weave Net is damaged: " + e.getMessage(), e);
    }
  }

  private static BoltFile open(ByteBuffer bytes) throws StateException {
    long latest = -1;
    int at = -1;
    for (int page = 0; page <= MAX_PAGE_BYTES; page = page == 0 ? MIN_PAGE_BYTES : 2 * page) {
      if (isDescription(bytes, page) && transaction(bytes, page) > latest) {
        latest = transaction(bytes, page);
        at = page + HEADER_BYTES;
      }
    }
    if (at < 0) {
      throw new StateException("the database of Weave Net is damaged: no page describes it");
    }
    return new BoltFile(bytes, bytes.getInt(at + 8), bytes.getLong(at + 16));
  }

  private static long transaction(ByteBuffer bytes, int page) {
    return bytes.getLong(page + HEADER_BYTES + CHECKED_BYTES - Long.BYTES) & Long.MAX_VALUE;
  }

  /** Whether the page at an offset is a sound description, and either the first or the second. */
  private static boolean isDescription(ByteBuffer bytes, int page) {
    int at = page + HEADER_BYTES;
    if (bytes.capacity() < at + CHECKED_BYTES + Long.BYTES
        || bytes.getInt(at) != MAGIC
        || bytes.getInt(at + 4) != VERSION) {
      return false;
    }
    int size = bytes.getInt(at + 8);
    boolean isSize =
        size >= MIN_PAGE_BYTES && size <= MAX_PAGE_BYTES && Integer.bitCount(size) == 1;
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < CHECKED_BYTES; i++) {
      hash = (hash ^ (bytes.get(at + i) & 0xff)) * 0x100000001b3L;
    }
    return isSize && (page == 0 || page == size) && hash == bytes.getLong(at + CHECKED_BYTES);
  }

  /** What is done with an element of a leaf. */
  @FunctionalInterface
  private interface Visitor {
    void visit(String key, int flags, int valueAt, int valueSize) throws StateException;
  }

  private void visit(int at, int depth, Visitor visitor) throws StateException {
    if (depth > MAX_DEPTH || pagesLeft-- <= 0) {
      throw new StateException("the database of Weave Net is damaged: its pages run in circles");
    }
    int flags = bytes.getShort(at + 8);
    int count = bytes.getShort(at + 10) & 0xffff;
    if (flags != BRANCH && flags != LEAF) {
      throw new StateException("the database of Weave Net is damaged: a page of type " + flags);
    }
    for (int i = 0; i < count; i++) {
      int element = at + HEADER_BYTES + i * ELEMENT_BYTES;
      if (flags == BRANCH) {
        visit(page(bytes.getLong(element + 8)), depth + 1, visitor);
        continue;
      }
      int keySize = bytes.getInt(element + 8);
      int keyAt = checked((long) element + bytes.getInt(element + 4), keySize);
      int valueSize = bytes.getInt(element + 12);
      // What is longer is none of ours; copied, a damaged file could ask for its size many times.
      byte[] key = copy(keyAt, Math.min(keySize, LONGEST_KEY + 1));
      visitor.visit(
          new String(key, StandardCharsets.UTF_8),
          bytes.getInt(element),
          keyAt + keySize,
          valueSize);
    }
  }

  private int page(long number) {
    if (number < 0 || number >= bytes.capacity() / pageBytes) {
      throw new IndexOutOfBoundsException("there is no page " + number);
    }
    return (int) number * pageBytes;
  }

  /** Where the first page of a bucket is. */
  private int bucket(int at, int size) {
    if (size < BUCKET_BYTES) {
      throw new IndexOutOfBoundsException("a bucket of %d bytes".formatted(size));
    }
    long first = bytes.getLong(at);
    return first == 0 ? at + BUCKET_BYTES : page(first);
  }

  private byte[] copy(int at, int size) {
    int from = checked(at, size);
    byte[] copied = new byte[size];
    bytes.get(from, copied);
    return copied;
  }

  private int checked(long at, int size) {
    if (at < 0 || size < 0 || at > bytes.capacity() || size > bytes.capacity() - at) {
      throw new IndexOutOfBoundsException("%d bytes at %d".formatted(size, at));
    }
    return (int) at;
  }
}
