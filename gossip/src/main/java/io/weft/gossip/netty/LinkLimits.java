package io.weft.gossip.netty;

/**
 * How much memory and patience links may cost, all our choice. Sizes in bytes; what is said of all
 * links holds for their sum.
 *
 * @param largeMessage a message announced larger than this waits, unread, until there is room
 * @param inboundRoom large messages of all links, from their announcement until the conductor is
 *     done with them; not below the largest message
 * @param messageNanos how long a large message may bring less than {@code largeMessage} while
 *     others wait for room
 * @param stayNanos how long a large message may take in all while another waits for room; well
 *     below {@code roomNanos}, so that one that trickles in does not make others give up
 * @param roomNanos how long a link may wait for room
 * @param inboundHigh of a link on their way to the conductor, at which reading stops
 * @param inboundLow the same, at which reading goes on
 * @param outboundHigh of a link waiting to be written, at which it is not writable
 * @param outboundLow the same, at which it is writable again
 * @param outboundMax of a link waiting to be written, which end it
 * @param outboundTotal of all links waiting to be written, at which none is writable
 * @param stallNanos how long a link may take nothing while none is writable for that reason; more
 *     than the kernel's buffer lasts on a slow link
 * @param writeTimeoutNanos how long a link may take nothing in any case (mesh.md 13, C8)
 */
record LinkLimits(
    int largeMessage,
    int inboundRoom,
    long messageNanos,
    long stayNanos,
    long roomNanos,
    int inboundHigh,
    int inboundLow,
    int outboundHigh,
    int outboundLow,
    long outboundMax,
    long outboundTotal,
    long stallNanos,
    long writeTimeoutNanos) {
  /** Two hundred links that do their worst fit into the heap of a router with everything else. */
  static final LinkLimits DEFAULT =
      new LinkLimits(
          16 * 1024,
          10 * 1024 * 1024 + 64 * 1024,
          10_000_000_000L,
          60_000_000_000L,
          120_000_000_000L,
          64 * 1024,
          16 * 1024,
          64 * 1024,
          16 * 1024,
          32L * 1024 * 1024,
          2L * 1024 * 1024,
          5_000_000_000L,
          30_000_000_000L);
}
