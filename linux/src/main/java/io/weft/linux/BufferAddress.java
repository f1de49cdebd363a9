package io.weft.linux;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the addresses of the two direct buffers used last, and keeps these buffers reachable: a
 * user passes the same ones again and again. For one thread at a time.
 */
final class BufferAddress {
  private @Nullable ByteBuffer buffer;
  private long address;
  private @Nullable ByteBuffer otherBuffer;
  private long otherAddress;

  /** Address of a region, which is checked against the buffer's capacity. */
  long of(ByteBuffer region, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, region.capacity());
    if (!isSame(region, buffer)) {
      ByteBuffer before = buffer;
      long addressBefore = address;
      address = isSame(region, otherBuffer) ? otherAddress : LibC.address(region);
      buffer = region;
      otherBuffer = before;
      otherAddress = addressBefore;
    }
    return address + offset;
  }

  @SuppressWarnings("ReferenceEquality") // Equal contents at another address would be wrong.
  private static boolean isSame(ByteBuffer region, @Nullable ByteBuffer remembered) {
    return region == remembered;
  }
}
