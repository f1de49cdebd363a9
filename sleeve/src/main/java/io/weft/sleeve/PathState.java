package io.weft.sleeve;

import org.jspecify.annotations.Nullable;

/**
 * What data lanes need to know of a connection, published as a whole by the conductor.
 *
 * @param remote where datagrams go, or null before that is known or after the connection has ended
 * @param overlayMtu longest Ethernet payload that fits one datagram on the path
 * @param maxPayload longest UDP payload that fits the path, in bytes
 * @param stackMayFragment the neighbour's stack has shown that IP fragments arrive
 * @param sealing plain or encrypted, for the life of the connection
 */
record PathState(
    @Nullable Endpoint remote,
    int overlayMtu,
    int maxPayload,
    boolean stackMayFragment,
    Sealing sealing) {

  /** Longest Ethernet frame that fits the path. */
  int maxFrame() {
    return overlayMtu + SleeveProtocol.ETHERNET_BYTES;
  }
}
