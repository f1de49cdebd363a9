package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A frame behind its virtio-net header, in the pieces that one readv or writev takes. Reused from
 * frame to frame without allocation. For one thread at a time.
 *
 * <pre>
 * | header 10 | prefix, up to 256 | regions of a direct buffer ...
 * </pre>
 *
 * <p>The prefix is memory of its own in front of the regions: room for protocol headers that differ
 * from those in the buffer. Header fields are what the other side says; they are not checked here.
 */
public final class VnetFrame {
  /** Bytes of the virtio-net header. */
  public static final int HEADER_BYTES = 10;

  /** Longest prefix, in bytes. */
  public static final int PREFIX_BYTES_MAX = 256;

  /** Flag: the checksum from {@link #checksumStart} on is still to be computed. */
  public static final int NEEDS_CHECKSUM = 1;

  /** Kind of super-frame: none. */
  public static final int GSO_NONE = 0;

  /** Kind of super-frame: TCP over IPv4. */
  public static final int GSO_TCP4 = 1;

  /** Kind of super-frame: TCP over IPv6. */
  public static final int GSO_TCP6 = 4;

  /** Kind of super-frame: UDP datagrams of one length. */
  public static final int GSO_UDP = 5;

  /** Added to the kind of a TCP super-frame whose first segment alone has the CWR flag. */
  public static final int GSO_ECN = 0x80;

  private static final int KIND_OFFSET = 1;
  private static final int HEADERS_OFFSET = 2;
  private static final int SEGMENT_OFFSET = 4;
  private static final int START_OFFSET = 6;
  private static final int CHECKSUM_OFFSET = 8;
  private static final int IOVEC_BYTES = 16;
  private static final int REGIONS_MAX = 1023;

  private final ByteBuffer head = LibC.allocate(HEADER_BYTES + PREFIX_BYTES_MAX);
  private final ByteBuffer prefix = head.slice(HEADER_BYTES, PREFIX_BYTES_MAX);
  private final ByteBuffer iovecs;
  private final long iovecsAddress;
  private final BufferAddress data = new BufferAddress();
  private final int capacity;
  private int count;

  /**
   * A frame without regions.
   *
   * @param regions most regions it consists of, 1 to 1023
   */
  public VnetFrame(int regions) {
    if (regions < 1 || regions > REGIONS_MAX) {
      throw new IllegalArgumentException("a frame has 1 to 1023 regions, not " + regions);
    }
    capacity = regions;
    iovecs = LibC.allocate((regions + 1) * IOVEC_BYTES);
    iovecsAddress = LibC.address(iovecs);
    iovecs.putLong(0, LibC.address(head));
    clear();
  }

  /** Takes prefix and regions away and makes it an ordinary frame. */
  public void clear() {
    count = 0;
    setPrefixBytes(0);
    setHeader(0, GSO_NONE, 0, 0, 0, 0);
  }

  /** Room for the prefix, big-endian; use absolute access. */
  public ByteBuffer prefix() {
    return prefix;
  }

  /** Says how much of {@link #prefix} belongs to the frame, 0 to 256. */
  public void setPrefixBytes(int bytes) {
    iovecs.putLong(8, HEADER_BYTES + (long) Objects.checkIndex(bytes, PREFIX_BYTES_MAX + 1));
  }

  /** Whether one more region can be added. */
  public boolean hasRoom() {
    return count < capacity;
  }

  /**
   * Adds a region of a direct buffer, which stays reachable: the frame's next bytes, or room for
   * them. All regions between two calls of {@link #clear} lie in one buffer.
   *
   * @throws IndexOutOfBoundsException if there is no room, or the region is not inside the buffer
   */
  public void add(ByteBuffer buffer, int offset, int length) {
    int iovec = (Objects.checkIndex(count, capacity) + 1) * IOVEC_BYTES;
    iovecs.putLong(iovec, data.of(buffer, offset, length));
    iovecs.putLong(iovec + 8, length);
    count++;
  }

  /**
   * Writes the virtio-net header.
   *
   * @param flags 0 or {@link #NEEDS_CHECKSUM}
   * @param kind one of the kinds above
   * @param headerBytes length of all protocol headers of a super-frame, else 0
   * @param segmentBytes payload of each segment of a super-frame, else 0
   * @param checksumStart where the checksum counts from
   * @param checksumOffset where its field lies, from there
   */
  public void setHeader(
      int flags,
      int kind,
      int headerBytes,
      int segmentBytes,
      int checksumStart,
      int checksumOffset) {
    head.put(0, (byte) flags);
    head.put(KIND_OFFSET, (byte) kind);
    head.putShort(HEADERS_OFFSET, (short) headerBytes);
    head.putShort(SEGMENT_OFFSET, (short) segmentBytes);
    head.putShort(START_OFFSET, (short) checksumStart);
    head.putShort(CHECKSUM_OFFSET, (short) checksumOffset);
  }

  /** Flags of the header that was read. */
  public int flags() {
    return Byte.toUnsignedInt(head.get(0));
  }

  /** Kind of super-frame in the header that was read. */
  public int kind() {
    return Byte.toUnsignedInt(head.get(KIND_OFFSET));
  }

  /** Payload of each segment, in the header that was read. */
  public int segmentBytes() {
    return Short.toUnsignedInt(head.getShort(SEGMENT_OFFSET));
  }

  /** Start of the checksum, in the header that was read. */
  public int checksumStart() {
    return Short.toUnsignedInt(head.getShort(START_OFFSET));
  }

  /** Offset of the checksum's field from its start, in the header that was read. */
  public int checksumOffset() {
    return Short.toUnsignedInt(head.getShort(CHECKSUM_OFFSET));
  }

  long vectorAddress() {
    return iovecsAddress;
  }

  int vectorCount() {
    return count + 1;
  }

  /** Reads a frame from a descriptor that gives one at a time; see {@link VnetDevice#read}. */
  static int read(int descriptor, VnetFrame frame) {
    try {
      long size = LibC.functions().readv(descriptor, frame.iovecsAddress, frame.count + 1);
      if (size < 0) {
        int error = LibC.errno();
        return error == Errno.EAGAIN || error == Errno.EINTR ? 0 : -error;
      }
      return Math.max((int) size - HEADER_BYTES, 0);
    } finally {
      Reference.reachabilityFence(frame);
    }
  }

  /** Writes a frame to a descriptor that takes one at a time; see {@link VnetDevice#write}. */
  static int write(int descriptor, VnetFrame frame) {
    try {
      long size = LibC.functions().writev(descriptor, frame.iovecsAddress, frame.count + 1);
      return size < 0 ? -LibC.errno() : (int) size;
    } finally {
      Reference.reachabilityFence(frame);
    }
  }
}
