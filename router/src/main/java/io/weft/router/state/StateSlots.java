package io.weft.router.state;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A state file with room for two states, of which each save overwrites the older: one durable
 * operation on blocks that the file has already, instead of a new file, its name and its folder. A
 * save that does not come to its end leaves the other state. Big endian, version 2 of the format.
 *
 * <pre>
 *   block: "WEFT" | version u16 | bytes of a slot u32 | CRC-32C u32 of these
 *   two slots of whole blocks:
 *     number of the save u64 | length u32 | state, as in version 1 | CRC-32C u32 of all before it
 * </pre>
 *
 * <p>Conductor thread, one save at a time.
 */
final class StateSlots {
  static final int FORMAT_VERSION = 2;

  /** Assumed of a disk: a write that is cut off spoils nothing outside the sectors of this size. */
  static final int BLOCK_BYTES = 4_096;

  private static final int MAGIC = 0x57454654;
  private static final int HEADER_BYTES = 10;
  private static final int CRC_BYTES = 4;
  private static final int STATE_AT = 12;
  private static final int SLOTS = 2;

  private final int slotBytes;
  private long number;

  private StateSlots(int slotBytes) {
    this.slotBytes = slotBytes;
  }

  /**
   * Bytes to be written into the file.
   *
   * @param offset where, from the start of the file
   */
  record Overwrite(long offset, byte[] bytes) {}

  /**
   * Slots for a state of so many bytes and half as many more.
   *
   * @return null when the file would be longer than {@code maxBytes}
   */
  static @Nullable StateSlots forState(int stateBytes, int maxBytes) {
    long wanted = STATE_AT + stateBytes + (long) stateBytes / 2 + CRC_BYTES;
    long slotBytes = (wanted + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    return BLOCK_BYTES + SLOTS * slotBytes > maxBytes ? null : new StateSlots((int) slotBytes);
  }

  /** Whether a state has room in a slot. */
  boolean fits(byte[] state) {
    return STATE_AT + (long) state.length + CRC_BYTES <= slotBytes;
  }

  /** A whole new file with one state; every block of it is written, so that it has its place. */
  byte[] newFile(byte[] state) {
    ByteBuffer file = ByteBuffer.allocate(BLOCK_BYTES + SLOTS * slotBytes);
    file.putInt(MAGIC).putShort((short) FORMAT_VERSION).putInt(slotBytes);
    file.putInt(checksum(file.array(), 0, HEADER_BYTES));
    Overwrite first = next(state);
    file.put((int) first.offset, first.bytes);
    return file.array();
  }

  /** What saves a state that fits: the slot that does not hold the latest one is written. */
  Overwrite next(byte[] state) {
    number++;
    ByteBuffer slot = ByteBuffer.allocate(STATE_AT + state.length + CRC_BYTES);
    slot.putLong(number).putInt(state.length).put(state);
    slot.putInt(checksum(slot.array(), 0, STATE_AT + state.length));
    return new Overwrite(BLOCK_BYTES + number % SLOTS * slotBytes, slot.array());
  }

  /**
   * The later of the two states that is whole.
   *
   * @param file a file of this version, to judge by its first bytes
   * @throws StateException when there is none; the message lacks the file's name
   */
  static byte[] latest(byte[] file) throws StateException {
    ByteBuffer in = ByteBuffer.wrap(file);
    if (file.length < HEADER_BYTES + CRC_BYTES
        || in.getInt(HEADER_BYTES) != checksum(file, 0, HEADER_BYTES)) {
      throw new StateException("the checksum of its first block does not match");
    }
    int slotBytes = in.getInt(HEADER_BYTES - Integer.BYTES);
    byte[] found = null;
    long latest = Long.MIN_VALUE;
    for (int slot = 0; slot < SLOTS; slot++) {
      long start = BLOCK_BYTES + (long) slot * slotBytes;
      if (isWhole(file, start, slotBytes) && in.getLong((int) start) > latest) {
        latest = in.getLong((int) start);
        int from = (int) start + STATE_AT;
        found = Arrays.copyOfRange(file, from, from + in.getInt(from - Integer.BYTES));
      }
    }
    if (found == null) {
      throw new StateException("neither of its two states is whole");
    }
    return found;
  }

  /** Whether one of the slots of a file has been written to and is not whole. */
  static boolean hasBrokenSlot(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file);
    if (file.length < BLOCK_BYTES || in.getShort(Integer.BYTES) != FORMAT_VERSION) {
      return false;
    }
    int slotBytes = in.getInt(HEADER_BYTES - Integer.BYTES);
    for (int slot = 0; slot < SLOTS; slot++) {
      long start = BLOCK_BYTES + (long) slot * slotBytes;
      if (!isWhole(file, start, slotBytes) && !isUnused(file, start)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isUnused(byte[] file, long start) {
    return start >= BLOCK_BYTES
        && start + STATE_AT <= file.length
        && ByteBuffer.wrap(file).getLong((int) start) == 0;
  }

  private static boolean isWhole(byte[] file, long start, int slotBytes) {
    if (start < BLOCK_BYTES || start + STATE_AT + CRC_BYTES > file.length) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(file);
    int at = (int) start;
    int length = in.getInt(at + Long.BYTES);
    long end = start + STATE_AT + length + CRC_BYTES;
    return length > 0
        && end <= Math.min(file.length, start + slotBytes)
        && in.getInt(at + STATE_AT + length) == checksum(file, at, STATE_AT + length);
  }

  private static int checksum(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
