package io.weft.linux;

import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The hook before an interface's queueing disciplines, for frames that it receives (tcx, Linux 6.6
 * and newer). It leaves those disciplines, and whoever wants to add one, alone. Programs attached
 * here live as long as their interface, whatever becomes of the process that attached them.
 */
public final class TcxHook {
  private static final System.Logger LOGGER = System.getLogger(TcxHook.class.getName());

  /** No hook or interface, or no right to ask, so that nothing of ours can be there. */
  private static final Set<Integer> NONE =
      Set.of(Errno.ENOENT, Errno.ENODEV, Errno.EINVAL, Errno.EPERM, Errno.ENOSYS);

  private static final int INGRESS = 46;
  private static final int EGRESS = 47;
  private static final int REPLACE = 4;
  private static final int ATTACH_BYTES = 32;
  private static final int QUERY_BYTES = 64;
  private static final int PROGRAMS_MAX = 64;

  private TcxHook() {}

  /**
   * Checks that programs can be attached here, and found again.
   *
   * @throws LinuxException EINVAL where the kernel has no such hook; EPERM without CAP_SYS_ADMIN
   */
  public static void check(BpfProgram program, int linkIndex) throws LinuxException {
    LibBpf.check(
        BpfCall.call(
            BpfCall.PROG_QUERY, LibC.allocate(QUERY_BYTES).putInt(0, linkIndex).putInt(4, INGRESS)),
        "look for programs before the queueing disciplines of an interface");
    BpfProgram.ofId(program.id()).close();
  }

  /**
   * Attaches a program behind those that are there; one of the same name is replaced, and each
   * frame passes through one of the two.
   *
   * @throws LinuxException as {@link #check}
   */
  public static void attach(BpfProgram program, int linkIndex) throws LinuxException {
    String attempted = "attach a program to the port " + linkIndex;
    String name = program.name();
    for (int id : ids(linkIndex, INGRESS)) {
      try (BpfProgram present = BpfProgram.ofId(id)) {
        if (present.name().equals(name)) {
          ByteBuffer replace = attributes(linkIndex, program.descriptor(), REPLACE);
          int replaced =
              BpfCall.call(BpfCall.PROG_ATTACH, replace.putInt(16, present.descriptor()));
          LibBpf.check(replaced, attempted);
          return;
        }
      }
    }
    ByteBuffer attributes = attributes(linkIndex, program.descriptor(), 0);
    LibBpf.check(BpfCall.call(BpfCall.PROG_ATTACH, attributes), attempted);
  }

  /**
   * Takes programs of a name off; where there is no hook or no interface there is none. One that
   * this process may not look at stays, perhaps of an earlier process that had the right to attach
   * it.
   */
  public static void detach(String name, int linkIndex) throws LinuxException {
    for (int id : ids(linkIndex, INGRESS)) {
      try (BpfProgram present = BpfProgram.ofId(id)) {
        if (present.name().equals(name)) {
          detach(present, linkIndex);
        }
      } catch (LinuxException e) {
        switch (e.errno()) {
          case Errno.ENOENT -> LOGGER.log(Level.DEBUG, "a program has gone meanwhile", e);
          case Errno.EPERM ->
              LOGGER.log(
                  Level.WARNING,
                  "a program stays at the port {0}, which this process may not look at",
                  linkIndex);
          default -> throw e;
        }
      }
    }
  }

  private static void detach(BpfProgram program, int linkIndex) throws LinuxException {
    ByteBuffer attributes = attributes(linkIndex, program.descriptor(), 0);
    int result = BpfCall.call(BpfCall.PROG_DETACH, attributes);
    if (result != -Errno.ENOENT && result != -Errno.ENODEV) {
      LibBpf.check(result, "take a program off the port " + linkIndex);
    }
  }

  /** Whether other programs than those of a name see the frames of an interface, in or out. */
  public static boolean hasOthers(String name, int linkIndex) throws LinuxException {
    if (!ids(linkIndex, EGRESS).isEmpty()) {
      return true;
    }
    for (int id : ids(linkIndex, INGRESS)) {
      try (BpfProgram present = BpfProgram.ofId(id)) {
        if (!present.name().equals(name)) {
          return true;
        }
      }
    }
    return false;
  }

  static int place(BpfProgram.Direction direction) {
    return direction == BpfProgram.Direction.INGRESS ? INGRESS : EGRESS;
  }

  private static List<Integer> ids(int linkIndex, int hook) throws LinuxException {
    ByteBuffer ids = LibC.allocate(PROGRAMS_MAX * Integer.BYTES);
    ByteBuffer attributes = LibC.allocate(QUERY_BYTES);
    attributes.putInt(0, linkIndex).putInt(4, hook).putInt(24, PROGRAMS_MAX);
    int result =
        LibC.withAddress(
            ids, pointer -> BpfCall.call(BpfCall.PROG_QUERY, attributes.putLong(16, pointer)));
    List<Integer> found = new ArrayList<>();
    if (!NONE.contains(-result)) {
      LibBpf.check(result, "look for programs on the port " + linkIndex);
      for (int i = 0; i < Math.min(attributes.getInt(24), PROGRAMS_MAX); i++) {
        found.add(ids.getInt(i * Integer.BYTES));
      }
    }
    return found;
  }

  private static ByteBuffer attributes(int linkIndex, int program, int flags) {
    ByteBuffer attributes = LibC.allocate(ATTACH_BYTES).putInt(0, linkIndex).putInt(4, program);
    return attributes.putInt(8, INGRESS).putInt(12, flags);
  }
}
