package io.weft.fastpath;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The programs as another version has them, whose table of addresses is none that ours can use. */
public final class OtherLayout {
  /** Room for addresses as ours have it, and as a version before or after might. */
  private static final int MACS = Layout.Map.MACS.description().maxEntries();

  private static final int OTHER_MACS = 12_345;

  private OtherLayout() {}

  /** An object whose only array type of so many elements has as many as the other version says. */
  public static byte[] of(byte[] object) {
    ByteBuffer bytes = ByteBuffer.wrap(object.clone()).order(ByteOrder.nativeOrder());
    int found = 0;
    // In BTF an array is element type, index type and number of elements.
    for (int at = 8; at + Integer.BYTES <= bytes.limit(); at += Integer.BYTES) {
      boolean typesBefore = isType(bytes.getInt(at - 8)) && isType(bytes.getInt(at - 4));
      if (bytes.getInt(at) == MACS && typesBefore) {
        bytes.putInt(at, OTHER_MACS);
        found++;
      }
    }
    if (found != 1) {
      throw new AssertionError("maps of " + MACS + " entries: " + found);
    }
    return bytes.array();
  }

  private static boolean isType(int number) {
    return number > 0 && number < 1_000;
  }
}
