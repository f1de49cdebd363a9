package io.weft.fastpath;

import io.weft.linux.Ipv4Address;
import java.io.IOException;

/** What the kernel is told of encryption (overlay.md C.8.4). */
interface EspKernel extends AutoCloseable {
  /** Chooses the SPI of packets from {@code source} to us. */
  int allocateSpi(Ipv4Address source, Ipv4Address destination) throws IOException;

  /** Completes the state whose SPI was allocated. */
  void installInbound(Ipv4Address source, Ipv4Address destination, int spi, byte[] keyMaterial)
      throws IOException;

  /** Makes the state of packets to a neighbour, then has them use it. */
  void installOutbound(Ipv4Address source, Ipv4Address destination, int spi, byte[] keyMaterial)
      throws IOException;

  /** Removes the state of packets from a neighbour. */
  void removeInbound(Ipv4Address source, Ipv4Address destination, int spi) throws IOException;

  /** Removes the state of packets to a neighbour, and the policy if it still leads to it. */
  void removeOutbound(Ipv4Address source, Ipv4Address destination, int spi) throws IOException;

  @Override
  void close();
}
