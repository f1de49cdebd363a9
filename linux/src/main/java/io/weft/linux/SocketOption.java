package io.weft.linux;

import java.nio.ByteBuffer;

/** Socket options that are one C int. */
final class SocketOption {
  private SocketOption() {}

  /** Sets an option and returns 0 or the positive error number. */
  static int set(Descriptor socket, int level, int option, int value) {
    ByteBuffer memory = LibC.allocate(Integer.BYTES).putInt(0, value);
    int result =
        LibC.withAddress(
            memory,
            pointer ->
                LibC.functions()
                    .setsockopt(socket.number(), level, option, pointer, Integer.BYTES));
    return result < 0 ? LibC.errno() : 0;
  }

  /** Sets an option. */
  static void set(Descriptor socket, int level, int option, int value, String attempt)
      throws LinuxException {
    int error = set(socket, level, option, value);
    if (error != 0) {
      throw new LinuxException(attempt, error);
    }
  }

  /** Reads an option. */
  static int get(Descriptor socket, int level, int option, String attempt) throws LinuxException {
    ByteBuffer value = LibC.allocate(Integer.BYTES);
    ByteBuffer length = LibC.allocate(Integer.BYTES).putInt(0, Integer.BYTES);
    int result =
        LibC.withAddress(
            value,
            valuePointer ->
                LibC.withAddress(
                    length,
                    lengthPointer ->
                        LibC.functions()
                            .getsockopt(
                                socket.number(), level, option, valuePointer, lengthPointer)));
    LinuxException.check(result, attempt);
    return value.getInt(0);
  }
}
