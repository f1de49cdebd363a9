package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs and maps of one compiled object file, loaded into the kernel. Closing gives up the
 * handles; what is attached to an interface stays.
 */
public final class BpfObject implements AutoCloseable {
  private final long object;
  private final LibBpf.Functions functions;
  private boolean closed;

  private BpfObject(long object, LibBpf.Functions functions) {
    this.object = object;
    this.functions = functions;
  }

  /**
   * Loads an object.
   *
   * @param elf the file's contents
   * @param existing maps that take the places of those of the same name in the object; the kernel
   *     refuses those of another layout
   * @throws LinuxException the kernel refuses a program or a map; EINVAL for no object file
   */
  public static BpfObject load(byte[] elf, List<BpfMap> existing) throws LinuxException {
    LibBpf.Functions functions = LibBpf.functions();
    ByteBuffer bytes = LibC.allocate(elf.length).put(0, elf);
    long object;
    long address = LibC.address(bytes);
    try {
      object = functions.bpf_object__open_mem(address, elf.length, 0);
      if (object == 0) {
        throw new LinuxException("read an eBPF object", LibC.errno());
      }
    } finally {
      Reference.reachabilityFence(bytes);
    }
    BpfObject loaded = new BpfObject(object, functions);
    try {
      for (BpfMap map : existing) {
        long place = functions.bpf_object__find_map_by_name(object, map.description().name());
        if (place != 0) {
          LibBpf.check(
              functions.bpf_map__reuse_fd(place, map.descriptor()),
              "keep the eBPF map " + map.description().name());
        }
      }
      LibBpf.check(functions.bpf_object__load(object), "load eBPF programs");
      return loaded;
    } catch (LinuxException e) {
      loaded.close();
      throw e;
    }
  }

  /** A program by its name, valid as long as this object. */
  public BpfProgram program(String name) throws LinuxException {
    long program = functions.bpf_object__find_program_by_name(object, name);
    if (program == 0) {
      throw new LinuxException("find the eBPF program " + name, Errno.ENOENT);
    }
    return new BpfProgram(new Descriptor(duplicate(functions.bpf_program__fd(program), name)));
  }

  /** A map by its name; the caller closes it. */
  public BpfMap map(String name) throws LinuxException {
    long map = functions.bpf_object__find_map_by_name(object, name);
    if (map == 0) {
      throw new LinuxException("find the eBPF map " + name, Errno.ENOENT);
    }
    return BpfMap.of(new Descriptor(duplicate(functions.bpf_map__fd(map), name)));
  }

  /** Several maps by their names; the caller closes them. */
  public List<BpfMap> maps(List<String> names) throws LinuxException {
    List<BpfMap> maps = new ArrayList<>();
    for (String name : names) {
      maps.add(map(name));
    }
    return maps;
  }

  @Override
  public void close() {
    // Another time would free what is not ours any more.
    if (!closed) {
      closed = true;
      functions.bpf_object__close(object);
    }
  }

  /** The object closes its own descriptors. */
  private static int duplicate(int descriptor, String name) throws LinuxException {
    LibBpf.check(descriptor, "use " + name);
    return LinuxException.check(LibC.functions().dup(descriptor), "use " + name);
  }
}
