package io.weft.fastpath;

import java.util.concurrent.TimeUnit;

/** Every number of the kernel overlay in one place. */
final class FastdpProtocol {
  // By specification (overlay.md 0, A.3, C).

  /** The VXLAN port is the mesh port of the accepting side and this (C.2). */
  static final int PORT_OFFSET = 1;

  /** Bytes of a VXLAN header (C.1). */
  static final int VXLAN_BYTES = 8;

  /** First word of a VXLAN header: only the flag that says there is an identifier (C.1). */
  static final int VXLAN_FLAGS = 0x0800_0000;

  /** Bytes of an Ethernet header. */
  static final int ETHERNET_BYTES = 14;

  /** How many short ids there are (C.3). */
  static final int SHORT_IDS = 4_096;

  /** Bits of a short id in a network identifier (C.1). */
  static final int SHORT_ID_BITS = 12;

  /** MTU of the datapath unless told otherwise (C.5). */
  static final int DEFAULT_MTU = 1_376;

  /** Bytes that VXLAN takes of an underlay's MTU (C.5). */
  static final int OVERHEAD_BYTES = 50;

  /** Where the connection's uid lies in a heartbeat's frame (C.4). */
  static final int HEARTBEAT_UID_OFFSET = 14;

  /** Where the length lies in a heartbeat's frame (C.4). */
  static final int HEARTBEAT_LENGTH_OFFSET = 22;

  /** Least bytes of a heartbeat's frame (C.4). */
  static final int HEARTBEAT_LEAST_BYTES = 24;

  /** Heartbeat interval until the neighbour acknowledges one (C.4). */
  static final long FAST_HEARTBEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Heartbeat interval afterwards (C.4). */
  static final long SLOW_HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Silence after which the overlay is put on hold (C.4). */
  static final long HEARTBEAT_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Control sub-tag: the heartbeat has arrived (A.3). */
  static final int CONTROL_ACKNOWLEDGED = 0;

  /** Bytes that ESP adds to a packet when none are needed to fill it up (C.5). */
  static final int ESP_BYTES = 34;

  /** Control sub-tag: how packets to the sender are to be encrypted (A.3, C.8.2). */
  static final int CONTROL_ESP_SETUP = 1;

  // Between Weft routers, announced as FastdpFeature says; docs/fastdp.md.

  /** Control sub-tag: whether heartbeats arrive, one byte, 0 or 1. */
  static final int CONTROL_HEARING = 2;

  /** Control sub-tag: a heartbeat of so many bytes (2) with this token (8) has arrived. */
  static final int CONTROL_HEARD = 3;

  /** Bytes of that message. */
  static final int HEARD_BYTES = Short.BYTES + Long.BYTES;

  /** Where a heartbeat's frame carries its token; Weave Net's are zero from here on. */
  static final int HEARTBEAT_TOKEN_OFFSET = 24;

  /** Bytes in front of a frame on the wire: IPv4, UDP and VXLAN (C.5). */
  static final int OUTER_BYTES = 36;

  /** Heartbeat interval that we offer. */
  static final int OFFERED_INTERVAL_MILLIS = 1_000;

  /** Silence in tenths of an interval after which the overlay is put on hold. */
  static final int TIMEOUT_TENTHS = 35;

  // Our choice.

  /** Widest MTU that is found out: jumbo frames of 9000 bytes less the least overhead (C.5). */
  static final int WIDEST_MTU = 8_950;

  /** The first heartbeats each bring another along that tries a wider MTU. */
  static final int FIRST_PROBES = 3;

  /** Later every so many do. */
  static final int PROBE_EVERY = 5;

  /** A width is believed in so long after it was answered. */
  static final long WIDE_TRUST_NANOS = TimeUnit.SECONDS.toNanos(18);

  /** A peer may take so long to show what its way carries before the bridge is narrowed. */
  static final long LOWER_AFTER_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** How long a new connection may take before user space takes over what the kernel carried. */
  static final long UNDECIDED_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** How long the kernel goes on sending to a neighbour whose router is gone. */
  static final long RETENTION_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** After so long no lane is in a call that began with an older table. */
  static final long LANES_DONE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Addresses not seen for so long are forgotten (E.1). */
  static final long MAC_EXPIRY_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** MTU of the VXLAN device: more than any frame, so that it never limits (F.1.2). */
  static final int DEVICE_MTU = 65_000;

  private FastdpProtocol() {}
}
