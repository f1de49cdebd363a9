package io.weft.gossip.netty;

/**
 * How much strangers may ask of a listener before they are known (mesh.md 13, S9). An IPv6 address
 * counts by its first 64 bits.
 *
 * @param handshakes connections of all addresses that have not completed their handshake; the
 *     oldest makes way for a new one, so that slow strangers do not keep others out
 * @param handshakesPerAddress the same of one address; more are refused
 * @param linksPerAddress accepted connections of one address in any state
 * @param burstPerAddress connections of one address accepted at once
 * @param ratePerAddress connections of one address accepted per second in the long run
 */
public record AcceptLimits(
    int handshakes,
    int handshakesPerAddress,
    int linksPerAddress,
    int burstPerAddress,
    int ratePerAddress) {
  /**
   * The bucket of a Go peer, 20 and 20 per second, but one for each address instead of one for all
   * (mesh.md 1.1); room for a hundred routers behind one address.
   */
  public static final AcceptLimits DEFAULT = new AcceptLimits(256, 16, 128, 20, 20);

  /** Checks that every limit is positive. */
  public AcceptLimits {
    if (handshakes < 1
        || handshakesPerAddress < 1
        || linksPerAddress < 1
        || burstPerAddress < 1
        || ratePerAddress < 1) {
      throw new IllegalArgumentException("limits must be positive");
    }
  }
}
