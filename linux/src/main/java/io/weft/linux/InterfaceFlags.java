package io.weft.linux;

/**
 * Flags of interfaces by name, in the calling thread's namespace. Without state; any thread.
 *
 * <p>Prefer {@link Links} where a netlink socket is at hand.
 */
public final class InterfaceFlags {
  private static final long SIOCGIFFLAGS = 0x8913;
  private static final long SIOCSIFFLAGS = 0x8914;

  private InterfaceFlags() {}

  /** The low 16 interface flags, see {@link Link}. */
  public static int get(String name) throws LinuxException {
    InterfaceRequest request = new InterfaceRequest(name);
    request.call(SIOCGIFFLAGS, "read the flags of " + name);
    return Short.toUnsignedInt(request.structure().getShort(InterfaceRequest.VALUE_OFFSET));
  }

  /** Switches an interface on or off. */
  public static void setUp(String name, boolean up) throws LinuxException {
    set(name, Link.UP, up);
  }

  /** Has an interface take frames for every address, or only for its own. */
  public static void setPromiscuous(String name, boolean on) throws LinuxException {
    set(name, Link.PROMISCUOUS, on);
  }

  private static void set(String name, int flag, boolean on) throws LinuxException {
    int flags = get(name);
    int wanted = on ? flags | flag : flags & ~flag;
    InterfaceRequest request = new InterfaceRequest(name);
    request.structure().putShort(InterfaceRequest.VALUE_OFFSET, (short) wanted);
    request.call(SIOCSIFFLAGS, "set the flags of " + name);
  }
}
