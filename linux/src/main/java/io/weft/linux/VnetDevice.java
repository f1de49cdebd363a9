package io.weft.linux;

/**
 * Something that frames are read from and written to behind virtio-net headers, so that
 * super-frames and unfinished checksums pass. Any number of threads may read and write, each with a
 * {@link VnetFrame} of its own. Reading and writing allocate nothing and report errors as negative
 * {@link Errno} numbers. Close it only when no thread uses it.
 */
public sealed interface VnetDevice extends AutoCloseable permits TapDevice, VnetSocket {
  /** Name of the interface. */
  String name();

  /**
   * Reads a frame into the regions of {@code frame}, which has no prefix.
   *
   * @return length of the frame, 0 if there is none now, or a negative error number; EINVAL as well
   *     when the frame is longer than the room for it
   */
  int read(VnetFrame frame);

  /**
   * Gives a frame to the kernel.
   *
   * @return bytes taken, or a negative error number: EINVAL for a header that does not fit the
   *     frame, others while the interface is down
   */
  int write(VnetFrame frame);

  @Override
  void close();
}
