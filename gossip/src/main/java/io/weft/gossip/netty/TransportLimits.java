package io.weft.gossip.netty;

/** Numbers of the TCP shell, all our choice; see also {@link LinkLimits}. */
final class TransportLimits {
  /** Counted for each message on top of its payload: objects and headers. */
  static final int MESSAGE_OVERHEAD = 256;

  /**
   * Handed to Netty at once, so that it needs no direct memory for whole messages; small, so that
   * slow links are seen to go on.
   */
  static final int PIECE_BYTES = 4 * 1024;

  /** Written bytes of a message that are given back before all of it is written. */
  static final int SPENT_BYTES = 64 * 1024;

  /** Most that Netty reads at once, so that little comes after reading has stopped. */
  static final int READ_BYTES = 16 * 1024;

  /** Netty's water marks: some pieces in flight. */
  static final int WATER_MARK_LOW = 32 * 1024;

  /** See {@link #WATER_MARK_LOW}. */
  static final int WATER_MARK_HIGH = 64 * 1024;

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
