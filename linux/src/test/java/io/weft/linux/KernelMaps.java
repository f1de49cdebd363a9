package io.weft.linux;

import java.util.List;

/** Maps of the kernel's eBPF machine by their numbers, whoever made them. */
public final class KernelMaps {
  private KernelMaps() {}

  /** The numbers of those that a program uses. */
  public static List<Integer> of(BpfProgram program) throws LinuxException {
    return program.mapIds();
  }

  /** Those that are still there. */
  public static List<Integer> alive(List<Integer> ids) {
    return ids.stream().filter(KernelMaps::isAlive).toList();
  }

  private static boolean isAlive(int id) {
    try {
      BpfCall.byId(BpfCall.MAP_GET_FD_BY_ID, id, "look for the eBPF map " + id).close();
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw new AssertionError(e);
    }
  }
}
