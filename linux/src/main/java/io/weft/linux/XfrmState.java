package io.weft.linux;

/**
 * A security association of ESP in transport mode (RFC 4303): for packets of one direction between
 * two hosts.
 *
 * @param source where packets come from
 * @param destination where packets go
 * @param spi security parameters index, chosen by the destination; 32 bits
 * @param requestId binds the association to policies and to who made it
 */
public record XfrmState(Ipv4Address source, Ipv4Address destination, int spi, int requestId) {
  /** Below are numbers that stand for something else than an association (RFC 4303). */
  public static final int LEAST_SPI = 0x100;

  @Override
  public String toString() {
    return "ESP state 0x%08x from %s to %s".formatted(spi, source, destination);
  }
}
