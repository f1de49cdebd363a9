package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A traffic control program and where it is attached. Attached programs, and the maps they use,
 * live as long as their interface, whatever becomes of the process that attached them.
 */
public final class BpfProgram implements AutoCloseable {
  /** Which way frames pass that a program sees. */
  public enum Direction {
    /** Frames that the interface receives. */
    INGRESS(1),
    /** Frames that leave by the interface. */
    EGRESS(2);

    private final int attachPoint;

    Direction(int attachPoint) {
      this.attachPoint = attachPoint;
    }
  }

  private static final int HOOK_BYTES = 24;
  private static final int OPTIONS_BYTES = 32;
  private static final int PROGRAM_ID_OFFSET = 16;
  private static final int REPLACE = 1;

  /** Handle and priority of the one filter that this module attaches to a hook. */
  private static final int PLACE = 1;

  private static final int INFO_BYTES = 80;
  private static final int NAME_OFFSET = 64;
  private static final int NAME_BYTES = 16;
  private static final int MAPS_MAX = 64;

  private final Descriptor descriptor;

  BpfProgram(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * The program that was attached to an interface of the calling thread's namespace.
   *
   * @throws LinuxException EPERM without CAP_SYS_ADMIN
   */
  public static Optional<BpfProgram> attached(int linkIndex, Direction direction)
      throws LinuxException {
    ByteBuffer hook = hook(linkIndex, direction);
    ByteBuffer options = options(0, 0);
    LibBpf.Functions functions = LibBpf.functions();
    int result =
        LibC.withAddress(
            hook,
            pointer ->
                LibC.withAddress(
                    options, optionsPointer -> functions.bpf_tc_query(pointer, optionsPointer)));
    if (result == -Errno.ENOENT || result == -Errno.EINVAL) {
      return Optional.empty();
    }
    LibBpf.check(result, "look for a program on interface " + linkIndex);
    return Optional.of(ofId(options.getInt(PROGRAM_ID_OFFSET)));
  }

  /**
   * Attaches it to an interface of the calling thread's namespace. A program that this method has
   * attached there before is replaced: each frame passes through one of the two.
   */
  public void attach(int linkIndex, Direction direction) throws LinuxException {
    String attempted = "attach a program to interface " + linkIndex;
    ByteBuffer hook = hook(linkIndex, direction);
    LibBpf.Functions functions = LibBpf.functions();
    int created = LibC.withAddress(hook, functions::bpf_tc_hook_create);
    if (created != -Errno.EEXIST) {
      LibBpf.check(created, attempted);
    }
    ByteBuffer options = options(descriptor.number(), REPLACE);
    int result =
        LibC.withAddress(
            hook,
            pointer ->
                LibC.withAddress(
                    options, optionsPointer -> functions.bpf_tc_attach(pointer, optionsPointer)));
    LibBpf.check(result, attempted);
  }

  /** The program that the kernel knows by a number. */
  static BpfProgram ofId(int id) throws LinuxException {
    return new BpfProgram(
        BpfCall.byId(BpfCall.PROG_GET_FD_BY_ID, id, "get the eBPF program " + id));
  }

  /** Its name, at most 15 characters. */
  String name() throws LinuxException {
    ByteBuffer info = LibC.allocate(INFO_BYTES);
    BpfCall.info(descriptor, info, "look at an eBPF program");
    byte[] name = new byte[NAME_BYTES];
    info.get(NAME_OFFSET, name);
    return new String(name, StandardCharsets.US_ASCII).replace("\0", "");
  }

  /** The kernel's number for it. */
  int id() throws LinuxException {
    ByteBuffer info = LibC.allocate(INFO_BYTES);
    BpfCall.info(descriptor, info, "look at an eBPF program");
    return info.getInt(Integer.BYTES);
  }

  int descriptor() {
    return descriptor.number();
  }

  /** The maps it uses; the caller closes them. */
  public List<BpfMap> maps() throws LinuxException {
    List<BpfMap> maps = new ArrayList<>();
    for (int id : mapIds()) {
      maps.add(BpfMap.of(BpfCall.byId(BpfCall.MAP_GET_FD_BY_ID, id, "get the eBPF map " + id)));
    }
    return maps;
  }

  /** The kernel's numbers for the maps it uses. */
  List<Integer> mapIds() throws LinuxException {
    ByteBuffer ids = LibC.allocate(MAPS_MAX * Integer.BYTES);
    ByteBuffer info = LibC.allocate(INFO_BYTES);
    info.putInt(52, MAPS_MAX);
    try {
      info.putLong(56, LibC.address(ids));
      BpfCall.info(descriptor, info, "look at an eBPF program");
    } finally {
      Reference.reachabilityFence(ids);
    }
    List<Integer> used = new ArrayList<>();
    for (int i = 0; i < Math.min(info.getInt(52), MAPS_MAX); i++) {
      used.add(ids.getInt(i * Integer.BYTES));
    }
    return used;
  }

  @Override
  public void close() {
    descriptor.close();
  }

  private static ByteBuffer hook(int linkIndex, Direction direction) {
    ByteBuffer hook = LibC.allocate(HOOK_BYTES).putLong(0, HOOK_BYTES);
    return hook.putInt(8, linkIndex).putInt(12, direction.attachPoint);
  }

  private static ByteBuffer options(int program, int flags) {
    ByteBuffer options = LibC.allocate(OPTIONS_BYTES).putLong(0, OPTIONS_BYTES);
    return options.putInt(8, program).putInt(12, flags).putInt(20, PLACE).putInt(24, PLACE);
  }
}
