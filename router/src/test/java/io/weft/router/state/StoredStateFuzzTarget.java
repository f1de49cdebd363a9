package io.weft.router.state;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The state file, as it is, in a slot, and with its checksum put right: refused, or read as it is
 * written.
 */
public final class StoredStateFuzzTarget {
  private StoredStateFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    read(input);
    readAsLatest(input);
    if (input.length >= Integer.BYTES) {
      byte[] repaired = input.clone();
      CRC32C crc = new CRC32C();
      crc.update(repaired, 0, repaired.length - Integer.BYTES);
      ByteBuffer.wrap(repaired).putInt(repaired.length - Integer.BYTES, (int) crc.getValue());
      read(repaired);
      readAsLatest(repaired);
    }
  }

  /** The same in a file with two slots. */
  private static void readAsLatest(byte[] state) {
    StateSlots slots = StateSlots.forState(state.length, StateFile.MAX_BYTES);
    if (slots != null) {
      read(slots.newFile(state));
    }
  }

  private static void read(byte[] bytes) {
    StoredState state;
    try {
      state = StoredStateCodec.decode(bytes);
    } catch (StateException e) {
      return;
    }
    checkWritten(state);
  }

  /** A state that was read, from whatever, is the same once it is written and read again. */
  static void checkWritten(StoredState state) {
    byte[] written = StoredStateCodec.encode(state);
    try {
      if (!Arrays.equals(written, StoredStateCodec.encode(StoredStateCodec.decode(written)))) {
        throw new AssertionError(state + " changes when it is written");
      }
    } catch (StateException e) {
      throw new AssertionError("what was read cannot be read again", e);
    }
  }
}
