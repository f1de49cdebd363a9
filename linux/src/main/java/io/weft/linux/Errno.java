package io.weft.linux;

/** Linux error numbers that callers tell apart, and the names of the common ones. */
public final class Errno {
  /** Operation not permitted. */
  public static final int EPERM = 1;

  /** No such file, route, neighbour or name. */
  public static final int ENOENT = 2;

  /** No such process; for routes: nothing matched. */
  public static final int ESRCH = 3;

  /** Interrupted by a signal. */
  public static final int EINTR = 4;

  /** Input or output failed; from a UDP socket: the device computes no checksums. */
  public static final int EIO = 5;

  /** Nothing to read, or no room to write, right now. */
  public static final int EAGAIN = 11;

  /** Permission denied. */
  public static final int EACCES = 13;

  /** Resource busy. */
  public static final int EBUSY = 16;

  /** Already exists. */
  public static final int EEXIST = 17;

  /** No such device. */
  public static final int ENODEV = 19;

  /** Invalid argument. */
  public static final int EINVAL = 22;

  /** No room. */
  public static final int ENOSPC = 28;

  /** The kernel has no such call, or a filter keeps it from this process. */
  public static final int ENOSYS = 38;

  /** The protocol has no such option. */
  public static final int ENOPROTOOPT = 92;

  /** Message longer than the (path) MTU allows. */
  public static final int EMSGSIZE = 90;

  /** The kernel does not have this protocol. */
  public static final int EPROTONOSUPPORT = 93;

  /** Not supported here. */
  public static final int EOPNOTSUPP = 95;

  /** Address in use. */
  public static final int EADDRINUSE = 98;

  /** Address not available on this host. */
  public static final int EADDRNOTAVAIL = 99;

  /** Network is down. */
  public static final int ENETDOWN = 100;

  /** No route. */
  public static final int ENETUNREACH = 101;

  /** Out of buffer space. */
  public static final int ENOBUFS = 105;

  /** The peer's port is closed. */
  public static final int ECONNREFUSED = 111;

  /** Host unreachable. */
  public static final int EHOSTUNREACH = 113;

  private Errno() {}

  /** The symbolic name, such as {@code EEXIST}, or {@code errno N} for one not in the list. */
  public static String symbol(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM";
      case ENOENT -> "ENOENT";
      case ESRCH -> "ESRCH";
      case EINTR -> "EINTR";
      case EIO -> "EIO";
      case 6 -> "ENXIO";
      case 9 -> "EBADF";
      case EAGAIN -> "EAGAIN";
      case 12 -> "ENOMEM";
      case EACCES -> "EACCES";
      case EBUSY -> "EBUSY";
      case EEXIST -> "EEXIST";
      case ENODEV -> "ENODEV";
      case 20 -> "ENOTDIR";
      case EINVAL -> "EINVAL";
      case 23 -> "ENFILE";
      case 24 -> "EMFILE";
      case ENOSPC -> "ENOSPC";
      case 30 -> "EROFS";
      case 34 -> "ERANGE";
      case 36 -> "ENAMETOOLONG";
      case 40 -> "ELOOP";
      case EMSGSIZE -> "EMSGSIZE";
      case ENOPROTOOPT -> "ENOPROTOOPT";
      case EPROTONOSUPPORT -> "EPROTONOSUPPORT";
      case EOPNOTSUPP -> "EOPNOTSUPP";
      case 97 -> "EAFNOSUPPORT";
      case EADDRINUSE -> "EADDRINUSE";
      case EADDRNOTAVAIL -> "EADDRNOTAVAIL";
      case ENETDOWN -> "ENETDOWN";
      case ENETUNREACH -> "ENETUNREACH";
      case ENOBUFS -> "ENOBUFS";
      case 107 -> "ENOTCONN";
      case 110 -> "ETIMEDOUT";
      case ECONNREFUSED -> "ECONNREFUSED";
      case 112 -> "EHOSTDOWN";
      case EHOSTUNREACH -> "EHOSTUNREACH";
      default -> "errno " + errno;
    };
  }

  /** The C library's text for an error number, for example {@code File exists}. */
  public static String text(int errno) {
    return LibC.functions().strerror(errno);
  }
}
