package io.weft.sleeve.v2;

/**
 * What data lanes need to send, published as a whole by the conductor.
 *
 * @param session what seals: the first one of its epoch, all of which add as many bytes
 * @param pieceBytes longest piece of an aggregate that one datagram carries
 * @param level how much is sealed at once
 */
record SendPath(SendSession session, int pieceBytes, LossGauge.Level level) {
  /** A path that takes packets of {@code pathMtu} bytes. */
  static SendPath of(SendSession session, int pathMtu, LossGauge.Level level) {
    int payload =
        Math.min(pathMtu - Sleeve2Protocol.IP_UDP_BYTES, Sleeve2Protocol.MAX_PAYLOAD_BYTES);
    return new SendPath(session, payload - Sleeve2Protocol.HEADER_BYTES, level);
  }

  /** Records that are gathered before they are sealed; a single one may be longer. */
  int recordsBytes() {
    int oneDatagram = pieceBytes - session.tagBytes();
    return switch (level) {
      case SINGLE -> oneDatagram;
      case PART -> Math.max(oneDatagram, Sleeve2Protocol.PART_RECORDS_BYTES);
      case WHOLE -> Math.max(oneDatagram, Sleeve2Protocol.WHOLE_RECORDS_BYTES);
    };
  }

  /** Longest Ethernet payload whose frame travels in one datagram. */
  int overlayMtu() {
    return pieceBytes
        - session.tagBytes()
        - Sleeve2Protocol.RECORD_HEADER_BYTES
        - Sleeve2Protocol.ETHERNET_BYTES;
  }
}
