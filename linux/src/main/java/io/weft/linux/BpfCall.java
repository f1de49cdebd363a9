package io.weft.linux;

import java.nio.ByteBuffer;

/** The bpf system call. */
final class BpfCall {
  static final int MAP_LOOKUP_ELEM = 1;
  static final int MAP_UPDATE_ELEM = 2;
  static final int MAP_DELETE_ELEM = 3;
  static final int MAP_GET_NEXT_KEY = 4;
  static final int PROG_ATTACH = 8;
  static final int PROG_DETACH = 9;
  static final int PROG_GET_FD_BY_ID = 13;
  static final int MAP_GET_FD_BY_ID = 14;
  static final int OBJ_GET_INFO_BY_FD = 15;
  static final int PROG_QUERY = 16;
  static final int MAP_LOOKUP_BATCH = 24;
  static final int LINK_CREATE = 28;

  private static final long NUMBER =
      switch (System.getProperty("os.arch", "")) {
        case "amd64" -> 321;
        default -> 280; // Every architecture that got its table after 2014, arm64 among them.
      };

  private BpfCall() {}

  /**
   * Makes the call.
   *
   * @param attributes the {@code union bpf_attr}, of which the call reads the whole capacity
   * @return what the call returned, or a negative error number
   */
  static int call(int command, ByteBuffer attributes) {
    return LibC.withAddress(
        attributes,
        pointer -> {
          long result = LibC.functions().syscall(NUMBER, command, pointer, attributes.capacity());
          return result < 0 ? -LibC.errno() : (int) result;
        });
  }

  /** A descriptor of the program or map with an id. */
  static Descriptor byId(int command, int id, String attempted) throws LinuxException {
    int result = call(command, LibC.allocate(12).putInt(0, id));
    return new Descriptor(LibBpf.check(result, attempted));
  }

  /** Reads what the kernel knows of a descriptor into {@code info}. */
  static void info(Descriptor descriptor, ByteBuffer info, String attempted) throws LinuxException {
    ByteBuffer attributes = LibC.allocate(16);
    attributes.putInt(0, descriptor.number()).putInt(4, info.capacity());
    int result =
        LibC.withAddress(info, pointer -> call(OBJ_GET_INFO_BY_FD, attributes.putLong(8, pointer)));
    LibBpf.check(result, attempted);
  }
}
