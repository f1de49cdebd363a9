package io.weft.router.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The state file of a Weave Net router, as it is and with the checksums of the pages that describe
 * it put right: refused, or taken over as a state that can be stored and read again.
 */
public final class BoltFileFuzzTarget {
  private static final int DESCRIPTION_AT = 16;
  private static final int CHECKED_BYTES = 56;
  private static final int SMALLEST_PAGE = 512;
  private static final int LARGEST_PAGE = 1 << 16;

  private BoltFileFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    BoltFile.isOne(input);
    read(input);
    byte[] repaired = input.clone();
    repair(repaired, 0);
    for (int page = SMALLEST_PAGE; page <= LARGEST_PAGE; page *= 2) {
      repair(repaired, page);
    }
    read(repaired);
  }

  /** Only where a page says that it is a description: others would be spoilt. */
  private static void repair(byte[] file, int page) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int at = page + DESCRIPTION_AT;
    if (file.length < at + CHECKED_BYTES + Long.BYTES || bytes.getInt(at) != 0xed0cdaed) {
      return;
    }
    long hash = 0xcbf29ce484222325L;
    for (int i = at; i < at + CHECKED_BYTES; i++) {
      hash = (hash ^ (file[i] & 0xff)) * 0x100000001b3L;
    }
    bytes.putLong(at + CHECKED_BYTES, hash);
  }

  private static void read(byte[] database) {
    StoredState state;
    try {
      state = WeaveNetState.read(database);
    } catch (StateException e) {
      return;
    }
    StoredStateFuzzTarget.checkWritten(state);
  }
}
