package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A non-blocking socket that gets a copy of each UDP datagram to this host that a filter of the
 * classic kind (BPF) lets pass, with its IPv4 header, whatever takes the datagram itself.
 *
 * <p>For one thread at a time. Receiving allocates nothing and reports errors as negative {@link
 * Errno} numbers.
 */
public final class RawUdpSocket implements AutoCloseable {
  private static final int INSTRUCTION_BYTES = 8;
  private static final int PROGRAM_BYTES = 16;
  private static final int PROGRAM_POINTER_OFFSET = 8;

  private final Descriptor descriptor;
  private final BufferAddress receiveData = new BufferAddress();
  private final MessageVector received = new MessageVector(1, Sockaddr.INET_BYTES);

  private RawUdpSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * An instruction of a filter, which sees a packet from its IPv4 header on.
   *
   * @param code what it does
   * @param whenTrue instructions to skip when a comparison holds
   * @param whenFalse instructions to skip when it does not
   * @param operand its constant
   */
  public record Instruction(int code, int whenTrue, int whenFalse, int operand) {
    /** Sets the index to the length of the header whose first byte is at the operand. */
    public static final int INDEX_HEADER_LENGTH = 0xb1;

    /** Loads the word at the index and the operand. */
    public static final int LOAD_WORD = 0x40;

    /** Compares what was loaded with the operand. */
    public static final int COMPARE = 0x15;

    /** Ends: so many bytes of the packet are wanted. */
    public static final int RETURN = 0x06;
  }

  /** Opens a socket in the namespace of the calling thread. */
  public static RawUdpSocket open(List<Instruction> filter) throws LinuxException {
    int type =
        SocketConstants.SOCK_RAW | SocketConstants.SOCK_NONBLOCK | SocketConstants.SOCK_CLOEXEC;
    int number =
        LibC.functions().socket(SocketConstants.AF_INET, type, SocketConstants.IPPROTO_UDP);
    RawUdpSocket socket =
        new RawUdpSocket(new Descriptor(LinuxException.check(number, "open a raw UDP socket")));
    try {
      socket.attach(filter);
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  private void attach(List<Instruction> filter) throws LinuxException {
    ByteBuffer code = LibC.allocate(filter.size() * INSTRUCTION_BYTES);
    for (int i = 0; i < filter.size(); i++) {
      Instruction instruction = filter.get(i);
      int at = i * INSTRUCTION_BYTES;
      code.putShort(at, (short) instruction.code());
      code.put(at + 2, (byte) instruction.whenTrue()).put(at + 3, (byte) instruction.whenFalse());
      code.putInt(at + 4, instruction.operand());
    }
    ByteBuffer program = LibC.allocate(PROGRAM_BYTES).putShort(0, (short) filter.size());
    int result =
        LibC.withAddress(
            code,
            codePointer ->
                LibC.withAddress(
                    program.putLong(PROGRAM_POINTER_OFFSET, codePointer),
                    pointer ->
                        LibC.functions()
                            .setsockopt(
                                descriptor.number(),
                                SocketConstants.SOL_SOCKET,
                                SocketConstants.SO_ATTACH_FILTER,
                                pointer,
                                PROGRAM_BYTES)));
    LinuxException.check(result, "attach a filter to a raw UDP socket");
  }

  /**
   * Receives a packet if one is there.
   *
   * @param data direct buffer; its position and limit are neither used nor changed
   * @param length room for the packet, which loses its end if it is longer
   * @return length of the packet as it was before a loss, 0 if there is none, or a negative error
   *     number
   */
  public int receive(ByteBuffer data, int length) {
    try {
      received.setData(0, receiveData.of(data, 0, length), length);
      received.setNameRoom(0, Sockaddr.INET_BYTES);
      long size =
          LibC.functions()
              .recvmsg(descriptor.number(), received.address(0), SocketConstants.MSG_TRUNC);
      int result = size < 0 ? -LibC.errno() : (int) size;
      return result == -Errno.EAGAIN ? 0 : result;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }

  int descriptor() {
    return descriptor.number();
  }
}
