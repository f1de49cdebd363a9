package io.weft.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Delegate;

/**
 * The functions of libbpf that this module calls: they read object files, which is no business of
 * ours. Maps are worked on by the system call itself, see {@link BpfCall}.
 */
final class LibBpf {
  /** As Debian's {@code libbpf1} names it. */
  private static final String LIBRARY = "libbpf.so.1";

  private LibBpf() {}

  /** Loaded when it is first needed: a router without eBPF does without the library. */
  private static final class Holder {
    static final Functions FUNCTIONS = load();
    static final Runtime RUNTIME = Runtime.getRuntime(FUNCTIONS);

    private static Functions load() {
      Functions functions = LibraryLoader.create(Functions.class).load(LIBRARY);
      // Its own words would go to standard error; what fails is reported by its error number.
      functions.libbpf_set_print(0);
      return functions;
    }
  }

  /**
   * The library's functions.
   *
   * @throws LinuxException ENOENT when the library is not installed
   */
  static Functions functions() throws LinuxException {
    try {
      return Holder.FUNCTIONS;
    } catch (LinkageError e) {
      LinuxException failure =
          new LinuxException("load " + LIBRARY, Errno.ENOENT, "install libbpf1");
      failure.initCause(e);
      throw failure;
    }
  }

  static Runtime runtime() {
    return Holder.RUNTIME;
  }

  /** Returns {@code result}, or throws: the library returns negative error numbers. */
  static int check(int result, String attempted) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(attempted, -result);
    }
    return result;
  }

  /** Takes a record of a ring buffer. Public for the generated binding. */
  public interface Sample {
    /** {@code context}, where the record lies, its size in bytes; 0 to go on. */
    @Delegate
    int take(long context, long address, long bytes);
  }

  /** C functions by their own names; public for the generated binding, as {@link LibC}'s. */
  @SuppressWarnings({"MemberName", "MethodName"}) // The binding finds a function by its C name.
  public interface Functions {
    long libbpf_set_print(long function);

    long bpf_object__open_mem(long bytes, long size, long options);

    int bpf_object__load(long object);

    void bpf_object__close(long object);

    long bpf_object__find_map_by_name(long object, String name);

    long bpf_object__find_program_by_name(long object, String name);

    int bpf_map__fd(long map);

    int bpf_map__reuse_fd(long map, int descriptor);

    int bpf_program__fd(long program);

    int bpf_tc_hook_create(long hook);

    int bpf_tc_attach(long hook, long options);

    int bpf_tc_query(long hook, long options);

    long ring_buffer__new(int map, Sample sample, long context, long options);

    int ring_buffer__poll(long ring, int timeoutMillis);

    void ring_buffer__free(long ring);
  }
}
