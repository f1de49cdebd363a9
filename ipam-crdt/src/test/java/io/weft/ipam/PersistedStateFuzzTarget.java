package io.weft.ipam;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** Stored state, as it is and with its checksum put right: refused, or read as what is written. */
public final class PersistedStateFuzzTarget {
  private PersistedStateFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    read(input);
    if (input.length >= Integer.BYTES) {
      byte[] repaired = input.clone();
      CRC32 crc = new CRC32();
      crc.update(repaired, 0, repaired.length - Integer.BYTES);
      ByteBuffer.wrap(repaired).putInt(repaired.length - Integer.BYTES, (int) crc.getValue());
      read(repaired);
    }
  }

  private static void read(byte[] bytes) {
    PersistedState state;
    try {
      state = PersistedState.decode(bytes);
    } catch (CorruptStateException e) {
      return;
    }
    state
        .ring()
        .violation()
        .ifPresent(violation -> {
          throw new AssertionError(violation);
        });
    try {
      if (!PersistedState.decode(state.encode()).equals(state)) {
        throw new AssertionError(state + " changes when it is written");
      }
    } catch (CorruptStateException e) {
      throw new AssertionError("what was read cannot be written", e);
    }
  }
}
