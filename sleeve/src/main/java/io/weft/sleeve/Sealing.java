package io.weft.sleeve;

/** Whether datagrams of a connection are sealed, and what that costs (overlay.md B.7). */
enum Sealing {
  /** Sender name, then frames. */
  PLAIN(SleeveProtocol.NAME_BYTES),
  /** Sender name, sequence number, authenticator, then sealed frames. */
  ENCRYPTED(SleeveProtocol.NAME_BYTES + SleeveProtocol.SEQUENCE_BYTES + SleeveProtocol.TAG_BYTES);

  private final int headerBytes;

  Sealing(int headerBytes) {
    this.headerBytes = headerBytes;
  }

  /** Bytes of a datagram before its first frame header: 6 or 30. */
  int headerBytes() {
    return headerBytes;
  }

  /** Bytes between the path MTU and the overlay MTU: 62 or 86. */
  int overheadBytes() {
    return SleeveProtocol.IP_UDP_BYTES
        + headerBytes
        + SleeveProtocol.FRAME_HEADER_BYTES
        + SleeveProtocol.ETHERNET_BYTES;
  }
}
