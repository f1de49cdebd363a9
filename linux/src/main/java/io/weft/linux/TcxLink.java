package io.weft.linux;

import java.nio.ByteBuffer;

/**
 * A program before or behind an interface's queueing disciplines (tcx, Linux 6.6 and newer) for as
 * long as this is open, so at most as long as this process lives. What others attach there, by
 * {@link TcxHook} or else, stays as it is.
 */
public final class TcxLink implements AutoCloseable {
  private static final int CREATE_BYTES = 32;

  private final Descriptor descriptor;

  private TcxLink(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Attaches a program behind those that are there.
   *
   * @param linkIndex an interface of the calling thread's namespace
   * @throws LinuxException EINVAL where the kernel has no such hook
   */
  public static TcxLink open(BpfProgram program, int linkIndex, BpfProgram.Direction direction)
      throws LinuxException {
    ByteBuffer attributes = LibC.allocate(CREATE_BYTES);
    attributes.putInt(0, program.descriptor()).putInt(4, linkIndex);
    attributes.putInt(8, TcxHook.place(direction));
    int result = BpfCall.call(BpfCall.LINK_CREATE, attributes);
    return new TcxLink(
        new Descriptor(LibBpf.check(result, "link a program to the interface " + linkIndex)));
  }

  /** Takes the program off; no error when the interface is gone. */
  @Override
  public void close() {
    descriptor.close();
  }
}
