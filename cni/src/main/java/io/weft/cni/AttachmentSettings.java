package io.weft.cni;

import java.util.OptionalInt;

/**
 * How containers are attached (overlay.md D.6).
 *
 * @param bridge bridge that they are attached to
 * @param interfaceName name of the interface inside the container
 * @param mtuBytes MTU of that interface; the bridge's if not given
 * @param hairpin whether a container may reach itself through the bridge
 * @param keepTxChecksumOffload whether frames may always leave with unfinished checksums; when
 *     false, only where the router's port takes super-frames
 * @param multicastRoute whether multicast leaves by this interface
 */
public record AttachmentSettings(
    String bridge,
    String interfaceName,
    OptionalInt mtuBytes,
    boolean hairpin,
    boolean keepTxChecksumOffload,
    boolean multicastRoute) {

  /** What {@code weave attach} does unless told otherwise. */
  public static AttachmentSettings defaults() {
    return new AttachmentSettings("weave", "ethwe", OptionalInt.empty(), true, false, true);
  }

  /** The same with or without the multicast route. */
  public AttachmentSettings withMulticastRoute(boolean wanted) {
    return new AttachmentSettings(
        bridge, interfaceName, mtuBytes, hairpin, keepTxChecksumOffload, wanted);
  }

  /** The same with an MTU of its own. */
  public AttachmentSettings withMtuBytes(int mtu) {
    return new AttachmentSettings(
        bridge, interfaceName, OptionalInt.of(mtu), hairpin, keepTxChecksumOffload, multicastRoute);
  }

  /** The same on another bridge. */
  public AttachmentSettings withBridge(String name) {
    return new AttachmentSettings(
        name, interfaceName, mtuBytes, hairpin, keepTxChecksumOffload, multicastRoute);
  }
}
