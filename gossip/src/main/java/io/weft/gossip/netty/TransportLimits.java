package io.weft.gossip.netty;

/** Bounds of the TCP shell, all our choice. */
final class TransportLimits {
  /** Bytes of a link on their way to the conductor at which reading stops. */
  static final int INBOUND_HIGH = 512 * 1024;

  /** Bytes of a link on their way to the conductor at which reading goes on. */
  static final int INBOUND_LOW = 128 * 1024;

  /** Bytes waiting to be written at which a link is not writable. */
  static final int OUTBOUND_HIGH = 256 * 1024;

  /** Bytes waiting to be written at which a link is writable again. */
  static final int OUTBOUND_LOW = 64 * 1024;

  /** Bytes waiting to be written that end a link: three messages of the largest size. */
  static final long OUTBOUND_MAX = 32L * 1024 * 1024;

  /** Counted for each message on top of its payload: objects and headers. */
  static final int MESSAGE_OVERHEAD = 256;

  /** Handed to Netty at once, so that it needs no direct memory for whole messages. */
  static final int PIECE_BYTES = 32 * 1024;

  /** Netty's water marks: a piece or two in flight. */
  static final int WATER_MARK_LOW = 32 * 1024;

  /** See {@link #WATER_MARK_LOW}. */
  static final int WATER_MARK_HIGH = 64 * 1024;

  /** A link that takes no byte for this long is closed (mesh.md 13, C8). */
  static final long WRITE_TIMEOUT_NANOS = 30_000_000_000L;

  /**
   * Time for a TCP connection to come up; the kernel alone would take two minutes. It tries at 0, 1
   * and 3 s and then 4 s later, when a new attempt has begun: after an interruption we are never
   * much later than the network.
   */
  static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  /** Connections that the kernel holds for us. */
  static final int ACCEPT_BACKLOG = 512;

  /** How often timers of links are looked at; they are seconds long. */
  static final int TICK_MILLIS = 250;

  /** Patience when the transport is closed. */
  static final int SHUTDOWN_SECONDS = 5;

  /** Netty's page; with {@link #ARENA_MAX_ORDER} it makes chunks of 64 KiB instead of 4 MiB. */
  static final int ARENA_PAGE_BYTES = 8 * 1024;

  /** See {@link #ARENA_PAGE_BYTES}. */
  static final int ARENA_MAX_ORDER = 3;

  private TransportLimits() {}
}
