package io.weft.linux;

/**
 * A rule that outbound UDP packets between two hosts leave through an ESP association, if they
 * carry a mark.
 *
 * @param source where packets come from
 * @param destination where packets go
 * @param mark value and mask that the packet's mark must have
 * @param spi of the association
 * @param requestId of the association
 */
public record XfrmPolicy(
    Ipv4Address source, Ipv4Address destination, int mark, int spi, int requestId) {
  @Override
  public String toString() {
    return "ESP policy from %s to %s with mark 0x%x".formatted(source, destination, mark);
  }
}
