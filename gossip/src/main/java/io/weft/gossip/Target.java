package io.weft.gossip;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A peer that an operator wants connected (mesh.md 9.1), resolved by the shell when it was added.
 *
 * @param text what the operator wrote, {@code host[:port]}; identifies the target
 * @param addresses resolved addresses in order of preference, not empty; they carry the mesh's own
 *     port when {@code text} names none
 * @param portGiven whether {@code text} names a port; without one the target is not dialled while
 *     an inbound connection from the same IP address exists
 */
public record Target(String text, List<InetSocketAddress> addresses, boolean portGiven) {
  /**
   * Checks that there is something to dial.
   *
   * @throws IllegalArgumentException when no address is given or one is unresolved
   */
  public Target {
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("no address for " + text);
    }
    for (InetSocketAddress address : addresses) {
      if (address.isUnresolved()) {
        throw new IllegalArgumentException("unresolved address for " + text);
      }
    }
  }
}
