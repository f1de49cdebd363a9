package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** Offloads of interfaces by name, in the calling thread's namespace. Without state; any thread. */
public final class Ethtool {
  private static final long SIOCETHTOOL = 0x8946;
  private static final int ETHTOOL_GTXCSUM = 0x16;
  private static final int ETHTOOL_STXCSUM = 0x17;
  private static final int VALUE_BYTES = 8;

  private Ethtool() {}

  /** Whether the kernel leaves transmit checksums to the device. */
  public static boolean txChecksumOffload(String name) throws LinuxException {
    return call(name, ETHTOOL_GTXCSUM, 0, "read the checksum offload of " + name) != 0;
  }

  /**
   * Has the kernel finish transmit checksums itself, so that captured frames carry valid ones and
   * no segments are left to the device (overlay.md D.6). Does nothing if it does already.
   */
  public static void disableTxChecksumOffload(String name) throws LinuxException {
    if (txChecksumOffload(name)) {
      call(name, ETHTOOL_STXCSUM, 0, "switch off the checksum offload of " + name);
    }
  }

  /** Has the kernel leave checksums and segments to the device. */
  public static void enableTxChecksumOffload(String name) throws LinuxException {
    if (!txChecksumOffload(name)) {
      call(name, ETHTOOL_STXCSUM, 1, "switch on the checksum offload of " + name);
    }
  }

  private static int call(String name, int command, int value, String attempted)
      throws LinuxException {
    ByteBuffer structure = LibC.allocate(VALUE_BYTES).putInt(0, command).putInt(4, value);
    InterfaceRequest request = new InterfaceRequest(name);
    request.structure().putLong(InterfaceRequest.VALUE_OFFSET, LibC.address(structure));
    try {
      request.call(SIOCETHTOOL, attempted);
      return structure.getInt(4);
    } finally {
      Reference.reachabilityFence(structure);
    }
  }
}
