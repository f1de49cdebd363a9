package io.weft.sleeve;

/** Every number of the user-space overlay in one place. */
final class SleeveProtocol {
  // By specification (overlay.md 0, B).

  /** Bytes of the sender's name at the start of every datagram (B.2). */
  static final int NAME_BYTES = 6;

  /** Bytes before each frame: two names and a length (B.2). */
  static final int FRAME_HEADER_BYTES = 14;

  /** Bytes of the sequence number with its stream flag (B.3). */
  static final int SEQUENCE_BYTES = 8;

  /** Bytes of the authenticator (B.3). */
  static final int TAG_BYTES = 16;

  /** Set in a sequence number that counts datagrams sent with "don't fragment" (B.3). */
  static final long DF_STREAM = 1L << 63;

  /** First nonce byte of the side that dialled; the other side has 0 (B.3). */
  static final int DIALLER_POLARITY = 0x80;

  /** Bits of a sequence number that lie within one replay window (B.4). */
  static final int REPLAY_WINDOW_BITS = 20;

  /** Bytes of an Ethernet header without a VLAN tag. */
  static final int ETHERNET_BYTES = 14;

  /** Bytes of an IPv4 header without options and a UDP header (B.7). */
  static final int IP_UDP_BYTES = 28;

  /** Length of a heartbeat: an Ethernet header and the connection's uid (B.6). */
  static final int HEARTBEAT_BYTES = 22;

  /** Length of the fragmentation test (B.6). */
  static final int FRAGMENTATION_TEST_BYTES = 60_001;

  /** Length of the frame that makes the kernel tell the path MTU (B.6). */
  static final int MTU_KICK_BYTES = 60_000;

  /** Overlay MTU before the path MTU is known (B.8). */
  static final int INITIAL_OVERLAY_MTU = 65_535;

  /** Largest UDP payload over IPv4 (0). */
  static final int MAX_PAYLOAD_BYTES = 65_507;

  /** Most frames in one datagram (B.10). */
  static final int MAX_FRAMES_PER_DATAGRAM = 100;

  /** Overlay MTU that the search takes for good without proof (B.9). */
  static final int MTU_SEARCH_FLOOR = 552;

  /** Probes sent for one candidate before it counts as bad (B.9). */
  static final int MTU_PROBE_ATTEMPTS = 8;

  /** Wait after the first probe, doubled with each (B.9). */
  static final long MTU_PROBE_TIMEOUT_NANOS = 10_000_000L;

  /** Heartbeat interval until the neighbour acknowledges one (B.8). */
  static final long FAST_HEARTBEAT_NANOS = 500_000_000L;

  /** Heartbeat interval afterwards (B.8). */
  static final long SLOW_HEARTBEAT_NANOS = 10_000_000_000L;

  /** Silence after which the forwarder fails (B.8). */
  static final long HEARTBEAT_TIMEOUT_NANOS = 60_000_000_000L;

  /** Interval of the fragmentation test (B.8). */
  static final long FRAGMENTATION_TEST_NANOS = 300_000_000_000L;

  /** Control sub-tag: the heartbeat has arrived (A.3). */
  static final int CONTROL_ESTABLISHED = 1;

  /** Control sub-tag: the fragmentation test has arrived (A.3). */
  static final int CONTROL_FRAGMENTS_ARRIVE = 2;

  /** Control sub-tag: a probe has arrived; the body is its overlay MTU in 2 bytes (A.3). */
  static final int CONTROL_MTU_VERIFIED = 3;

  /** Ethernet frames made here are padded to this length (B.11, B.12). */
  static final int MIN_ETHERNET_BYTES = 60;

  // Our choice.

  /** No overlay MTU goes below this: the least that IPv4 lets any link have (RFC 791). */
  static final int LEAST_OVERLAY_MTU = 68;

  /** Room for an opened datagram with what ciphers need before it and like to have behind it. */
  static final int OPENED_BYTES = DatagramCipher.LEAD_BYTES + 64 * 1024 + 512;

  /** Where the first datagram of a slab starts: the cipher's work begins 2 bytes before one. */
  static final int SEND_SLAB_START = 2;

  /** Datagrams taken from a socket by one system call: amortises the call, keeps memory small. */
  static final int RECEIVE_VECTOR = 32;

  /** Datagrams gathered before they are sent: a full capture vector fits one or two calls. */
  static final int SEND_VECTOR = 64;

  /** Slab of gathered datagrams: two of the largest, or 64 of Ethernet size. */
  static final int SEND_SLAB_BYTES = 128 * 1024;

  /** Frames handed to the router at once. */
  static final int RECEIVE_BATCH_FRAMES = 256;

  /** Slab of one such vector. */
  static final int RECEIVE_BATCH_BYTES = 256 * 1024;

  /** Heartbeats and probes of one connection that may wait for the conductor. */
  static final int PENDING_EVENTS = 32;

  /** Socket buffers asked for; the kernel caps them at its own limit. */
  static final int SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

  private SleeveProtocol() {}
}
