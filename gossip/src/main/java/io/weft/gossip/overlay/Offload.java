package io.weft.gossip.overlay;

/**
 * What the sender of a frame has left to the device, packed into a {@code long} so that a vector of
 * frames needs no object for each. The fields are those of a virtio-net header.
 *
 * <pre>
 *  63      48 47           32 31             16 15           0
 *  |  type   | segment bytes | checksum start  | checksum offset |
 * </pre>
 *
 * <p>{@link #NONE} is an ordinary frame: whole, with every checksum in place. A frame with a
 * checksum start has in its checksum field only the sum of the pseudo header; the checksum covers
 * everything from the start to the end of the frame. A frame with segment bytes is a
 * <em>super-frame</em>: it stands for several frames that have its headers and that many bytes of
 * payload each, the last one possibly fewer; it always has a checksum start.
 */
public final class Offload {
  /** An ordinary frame. */
  public static final long NONE = 0;

  /** {@link #type}: not a super-frame. */
  public static final int TYPE_NONE = 0;

  /** {@link #type}: TCP over IPv4, as VIRTIO_NET_HDR_GSO_TCPV4. */
  public static final int TYPE_TCP4 = 1;

  /** {@link #type}: TCP over IPv6, as VIRTIO_NET_HDR_GSO_TCPV6. */
  public static final int TYPE_TCP6 = 4;

  /** {@link #type}: UDP datagrams of one size, as VIRTIO_NET_HDR_GSO_UDP_L4. */
  public static final int TYPE_UDP = 5;

  private static final int FIELD_BITS = 16;
  private static final int FIELD_MASK = 0xffff;

  private Offload() {}

  /**
   * Packs the four fields.
   *
   * @param type one of the types above
   * @param segmentBytes payload bytes of each segment, 0 when the frame is not a super-frame
   * @param checksumStart offset in the frame from which the checksum counts; 0 for none
   * @param checksumOffset where the checksum field lies, from {@code checksumStart} on
   */
  public static long of(int type, int segmentBytes, int checksumStart, int checksumOffset) {
    return (long) (type & FIELD_MASK) << (3 * FIELD_BITS)
        | (long) (segmentBytes & FIELD_MASK) << (2 * FIELD_BITS)
        | (long) (checksumStart & FIELD_MASK) << FIELD_BITS
        | (checksumOffset & FIELD_MASK);
  }

  /** A frame that is whole but for its checksum. */
  public static long checksum(int checksumStart, int checksumOffset) {
    return of(TYPE_NONE, 0, checksumStart, checksumOffset);
  }

  /** How a super-frame is to be cut; {@link #TYPE_NONE} for any other frame. */
  public static int type(long offload) {
    return (int) (offload >>> (3 * FIELD_BITS));
  }

  /** Payload bytes of each segment of a super-frame; 0 for any other frame. */
  public static int segmentBytes(long offload) {
    return (int) (offload >>> (2 * FIELD_BITS)) & FIELD_MASK;
  }

  /** Offset in the frame from which the missing checksum counts; 0 when none is missing. */
  public static int checksumStart(long offload) {
    return (int) (offload >>> FIELD_BITS) & FIELD_MASK;
  }

  /** Where the checksum field lies, from the start on. */
  public static int checksumOffset(long offload) {
    return (int) offload & FIELD_MASK;
  }
}
