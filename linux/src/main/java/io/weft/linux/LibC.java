package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * The C library functions this module calls, and the memory it hands to them.
 *
 * <p>Pointers travel as plain longs, so that a call allocates nothing. Structures are laid out in
 * direct byte buffers of native order: these stay bounds-checked, and their address does not move.
 * Layouts are those of 64-bit Linux; anything else is refused when this class loads.
 */
final class LibC {
  private static final Functions FUNCTIONS = load();
  private static final Runtime RUNTIME = Runtime.getRuntime(FUNCTIONS);

  private LibC() {}

  private static Functions load() {
    String system = System.getProperty("os.name", "");
    String width = System.getProperty("sun.arch.data.model", "64");
    if (!system.equals("Linux") || !width.equals("64")) {
      throw new IllegalStateException("needs 64-bit Linux, this is " + system + ", " + width);
    }
    return LibraryLoader.create(Functions.class).load("c");
  }

  static Functions functions() {
    return FUNCTIONS;
  }

  /** The error number that the last call of this thread left. */
  static int errno() {
    return RUNTIME.getLastError();
  }

  /** Zeroed off-heap memory of native byte order, released with the buffer. */
  static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /**
   * Address of the first byte of a direct buffer, whatever its position. Creates an object: call it
   * once per buffer where frames pass. The caller keeps the buffer reachable while it uses this.
   */
  static long address(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("the kernel needs a direct buffer, this one is on heap");
    }
    return Pointer.wrap(RUNTIME, buffer.duplicate().clear()).address();
  }

  /** A call that is given the address of a structure. */
  @FunctionalInterface
  interface AddressCall {
    int call(long address);
  }

  /** Makes a call with the address of a direct buffer, which stays reachable until it returns. */
  static int withAddress(ByteBuffer buffer, AddressCall call) {
    long address = address(buffer);
    try {
      return call.call(address);
    } finally {
      Reference.reachabilityFence(buffer);
    }
  }

  /**
   * C functions by their own names. Public only because the generated binding lives in another
   * class loader.
   *
   * <p>None has more than five parameters: the binding garbles the sixth on x86-64 (jnr-ffi issue
   * 181), which rules out sendto and recvfrom.
   */
  @SuppressWarnings("MemberName") // The binding finds a function by its C name.
  public interface Functions {
    int socket(int domain, int type, int protocol);

    int bind(int descriptor, long address, int addressBytes);

    int connect(int descriptor, long address, int addressBytes);

    int listen(int descriptor, int backlog);

    int accept4(int descriptor, long address, long addressBytesPointer, int flags);

    int shutdown(int descriptor, int how);

    int getsockname(int descriptor, long address, long addressBytesPointer);

    int setsockopt(int descriptor, int level, int option, long value, int valueBytes);

    int getsockopt(int descriptor, int level, int option, long value, long valueBytesPointer);

    long send(int descriptor, long data, long dataBytes, int flags);

    long recv(int descriptor, long data, long dataBytes, int flags);

    long sendmsg(int descriptor, long header, int flags);

    long recvmsg(int descriptor, long header, int flags);

    int sendmmsg(int descriptor, long vector, int count, int flags);

    int recvmmsg(int descriptor, long vector, int count, int flags, long timeout);

    int epoll_create1(int flags);

    int epoll_ctl(int epoll, int operation, int descriptor, long event);

    int epoll_wait(int epoll, long events, int maxEvents, int timeoutMillis);

    int eventfd(int initial, int flags);

    int poll(long descriptors, long count, int timeoutMillis);

    long read(int descriptor, long data, long dataBytes);

    long write(int descriptor, long data, long dataBytes);

    long readv(int descriptor, long vector, int count);

    long writev(int descriptor, long vector, int count);

    int open(String path, int flags);

    int close(int descriptor);

    int ioctl(int descriptor, long request, long argument);

    int unshare(int flags);

    int setns(int descriptor, int kind);

    int mount(String source, String target, String kind, long flags, long data);

    int umount2(String target, int flags);

    int dup(int descriptor);

    long syscall(long number, long first, long second, long third);

    int execve(String path, long arguments, long environment);

    String strerror(int errno);
  }
}
