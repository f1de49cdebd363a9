package io.weft.fastpath;

/**
 * How the kernel reaches a neighbour.
 *
 * @param kind {@link Layout#HOP_VXLAN} or {@link Layout#HOP_PUNT}; all else counts for the former
 * @param mtu largest packet of a container that fits the path, in bytes, 0 for any
 * @param linkIndex the VXLAN device
 * @param remote outer destination, first octet in the highest byte
 * @param local outer source
 */
record Hop(int kind, int mtu, int linkIndex, int remote, int local) {
  /** By user space. */
  static final Hop PUNT = new Hop(Layout.HOP_PUNT, 0, 0, 0, 0);

  static Hop vxlan(int mtu, int linkIndex, int remote, int local) {
    return new Hop(Layout.HOP_VXLAN, mtu, linkIndex, remote, local);
  }

  Hop withMtu(int other) {
    return new Hop(kind, other, linkIndex, remote, local);
  }

  boolean isVxlan() {
    return kind == Layout.HOP_VXLAN;
  }
}
