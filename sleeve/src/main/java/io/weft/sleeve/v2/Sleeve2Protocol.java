package io.weft.sleeve.v2;

/** Every number of {@code sleeve2} in one place; docs/protocol.md draws them. */
final class Sleeve2Protocol {
  // On the wire.

  /** How every datagram begins; a peer of this name cannot be (its group bit is set). */
  static final int MAGIC = 0xff5732;

  /** Bytes before the piece of an aggregate. */
  static final int HEADER_BYTES = 18;

  /** Bytes of the header that are authenticated: all but the number of the piece. */
  static final int AUTHENTIC_HEADER_BYTES = 17;

  static final int INDEX_OFFSET = 3;
  static final int COUNTER_OFFSET = 6;
  static final int LENGTH_OFFSET = 14;
  static final int PIECES_OFFSET = 16;
  static final int PIECE_OFFSET = 17;

  /** Values of an index: 24 bits. */
  static final int INDEXES = 1 << 24;

  /** Longest aggregate, its tag included. */
  static final int MAX_SEALED_BYTES = 65_535;

  /** Most pieces that an aggregate is cut into. */
  static final int MAX_PIECES = 255;

  /** Bytes of the tag of either cipher. */
  static final int TAG_BYTES = 16;

  /** Longest list of records in an aggregate. */
  static final int MAX_RECORDS_BYTES = MAX_SEALED_BYTES - TAG_BYTES;

  /** Bytes before the body of a record: type, flags, length. */
  static final int RECORD_HEADER_BYTES = 4;

  /** Flag of a record: the names of source and destination peer come first. */
  static final int FLAG_NAMED = 1;

  /** Bytes of both names. */
  static final int NAMES_BYTES = 12;

  /** Bytes of what the device has still to do to a frame. */
  static final int OFFLOAD_BYTES = 8;

  static final int RECORD_DATA = 1;
  static final int RECORD_GSO_DATA = 2;
  static final int RECORD_HEARTBEAT = 3;
  static final int RECORD_HEARTBEAT_ACK = 4;
  static final int RECORD_PROBE = 5;
  static final int RECORD_PROBE_ACK = 6;
  static final int RECORD_REPORT = 7;

  /** Body of a heartbeat: its number and the connection's uid. */
  static final int HEARTBEAT_BYTES = 12;

  /** Body of the answer to a heartbeat: its number. */
  static final int HEARTBEAT_ACK_BYTES = 4;

  /** What a probe's body begins with, and all of its answer: a path MTU. */
  static final int PROBE_BYTES = 4;

  /** Body of a report: epoch, datagrams expected, datagrams received. */
  static final int REPORT_BYTES = 20;

  /** Control sub-tag: begins a key agreement. */
  static final int CONTROL_OFFER = 1;

  /** Control sub-tag: the other end's part. */
  static final int CONTROL_ANSWER = 2;

  /** Control sub-tag: both ends have the keys. */
  static final int CONTROL_CONFIRM = 3;

  /** Bytes before the key material of an offer or answer: epoch and index. */
  static final int CONTROL_HEADER_BYTES = 7;

  /** Bytes of an IPv4 header without options and a UDP header. */
  static final int IP_UDP_BYTES = 28;

  /** Largest UDP payload over IPv4. */
  static final int MAX_PAYLOAD_BYTES = 65_507;

  /** Bytes of an Ethernet header without a VLAN tag. */
  static final int ETHERNET_BYTES = 14;

  // Times.

  static final long HEARTBEAT_NANOS = 2_000_000_000L;

  /** Interval until the first answer. */
  static final long FAST_HEARTBEAT_NANOS = 250_000_000L;

  /** Without an answer for so long the overlay is on hold. */
  static final long SILENCE_NANOS = 10_000_000_000L;

  static final long REKEY_NANOS = 120_000_000_000L;

  /** An agreement that was not answered for so long is begun anew. */
  static final long AGREEMENT_TIMEOUT_NANOS = 30_000_000_000L;

  /** The other end's offers are not answered more often. */
  static final long OFFER_INTERVAL_NANOS = 1_000_000_000L;

  /** For so long after a change of keys datagrams under the former ones are taken. */
  static final long OLD_KEYS_NANOS = 60_000_000_000L;

  /** Aggregates under one key after which the keys are changed. */
  static final long REKEY_AGGREGATES = 1L << 32;

  /** Aggregates under one key after which nothing more is sent under it. */
  static final long LAST_AGGREGATE = 1L << 33;

  static final long REPORT_NANOS = 100_000_000L;

  // The path MTU (IPv4 header and all).

  /** Least path MTU that is used; RFC 791 wants every host to take so much. */
  static final int LEAST_PATH_MTU = 576;

  static final int MAX_PATH_MTU = 65_535;
  static final int PROBE_ATTEMPTS = 5;
  static final long PROBE_TIMEOUT_NANOS = 100_000_000L;

  /** The MTU in use is tried again so often. */
  static final long MTU_CONFIRM_NANOS = 10_000_000_000L;

  /** A larger MTU is looked for so often. */
  static final long MTU_RAISE_NANOS = 600_000_000_000L;

  // Our choice.

  /** Aggregates that a replay window tells apart. */
  static final int REPLAY_WINDOW = 1 << 14;

  /** Aggregates being put together, over all connections, and of one of them. */
  static final int REASSEMBLIES = 64;

  static final int REASSEMBLIES_OF_ONE = 8;

  /**
   * Records that are sealed at once while the path is clean: with headers they fit one system call.
   */
  static final int WHOLE_RECORDS_BYTES = 64_000;

  /**
   * Longest IPv4 packet that is not refused when it must not be cut. The bridge would let through
   * what neither a capture nor an aggregate holds whole.
   */
  static final int LONGEST_PACKET_BYTES = 62_000;

  /** Records that are sealed at once when loss shows. */
  static final int PART_RECORDS_BYTES = 16_000;

  /** Datagrams and bytes that one UDP_SEGMENT call takes. */
  static final int MAX_SEGMENTS = 64;

  static final int SEND_SLAB_BYTES = 160 * 1024;
  static final int SEND_VECTOR = 256;

  /** Frames handed to the router at once: what a container's socket takes without being read. */
  static final int RECEIVE_BATCH_FRAMES = 128;

  static final int RECEIVE_BATCH_BYTES = 256 * 1024;

  private Sleeve2Protocol() {}
}
