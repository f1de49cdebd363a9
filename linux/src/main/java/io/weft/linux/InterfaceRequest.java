package io.weft.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A {@code struct ifreq} and the ioctl that takes it, in the calling thread's namespace. */
final class InterfaceRequest {
  /** Where the union behind the name starts. */
  static final int VALUE_OFFSET = 16;

  private static final int BYTES = 40;

  private final ByteBuffer structure = LibC.allocate(BYTES);

  InterfaceRequest(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > Links.NAME_LENGTH_MAX) {
      throw new IllegalArgumentException("not an interface name: \"" + name + "\"");
    }
    structure.put(0, bytes);
  }

  ByteBuffer structure() {
    return structure;
  }

  /** Makes the request. */
  void call(long request, String attempted) throws LinuxException {
    int type = SocketConstants.SOCK_DGRAM | SocketConstants.SOCK_CLOEXEC;
    int number = LibC.functions().socket(SocketConstants.AF_INET, type, 0);
    try (Descriptor socket = new Descriptor(LinuxException.check(number, attempted))) {
      int result =
          LibC.withAddress(
              structure, pointer -> LibC.functions().ioctl(socket.number(), request, pointer));
      LinuxException.check(result, attempted);
    }
  }
}
