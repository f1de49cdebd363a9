package io.weft.linux;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the address of the direct buffer used last, and keeps that buffer reachable: a socket's
 * user passes the same one again and again. For one thread at a time.
 */
final class BufferAddress {
  private @Nullable ByteBuffer buffer;
  private long address;

  /** Address of a region, which is checked against the buffer's capacity. */
  long of(ByteBuffer region, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, region.capacity());
    if (!isSame(region)) {
      address = LibC.address(region);
      buffer = region;
    }
    return address + offset;
  }

  @SuppressWarnings("ReferenceEquality") // Equal contents at another address would be wrong.
  private boolean isSame(ByteBuffer other) {
    return buffer == other;
  }
}
