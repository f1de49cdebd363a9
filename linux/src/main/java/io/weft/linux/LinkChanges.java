package io.weft.linux;

import java.nio.ByteBuffer;

/**
 * Tells that interfaces or their queueing disciplines have changed in the namespace it was opened
 * in; what has changed is asked for then. Not thread-safe.
 */
public final class LinkChanges implements AutoCloseable {
  private static final int[] GROUPS = {Rtnetlink.RTNLGRP_LINK, Rtnetlink.RTNLGRP_TC};
  private static final int ROOM = 64 * 1024;

  private final Descriptor descriptor;
  private final ByteBuffer received = LibC.allocate(ROOM);

  private LinkChanges(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** Begins to listen; changes from now on are noticed. */
  public static LinkChanges open() throws LinuxException {
    int type =
        SocketConstants.SOCK_RAW | SocketConstants.SOCK_NONBLOCK | SocketConstants.SOCK_CLOEXEC;
    int number = LibC.functions().socket(SocketConstants.AF_NETLINK, type, Rtnetlink.NETLINK_ROUTE);
    Descriptor descriptor = new Descriptor(LinuxException.check(number, "open a netlink socket"));
    try {
      for (int group : GROUPS) {
        SocketOption.set(
            descriptor,
            Rtnetlink.SOL_NETLINK,
            Rtnetlink.NETLINK_ADD_MEMBERSHIP,
            group,
            "listen for changes of interfaces");
      }
      return new LinkChanges(descriptor);
    } catch (LinuxException e) {
      descriptor.close();
      throw e;
    }
  }

  /** Forgets what has been told so far; that some of it was lost does not matter. */
  public void drain() {
    int length;
    do {
      length =
          LibC.withAddress(
              received,
              pointer -> {
                long read = LibC.functions().recv(descriptor.number(), pointer, ROOM, 0);
                return read < 0 ? -LibC.errno() : (int) read;
              });
    } while (length > 0 || length == -Errno.ENOBUFS || length == -Errno.EINTR);
  }

  int descriptor() {
    return descriptor.number();
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
