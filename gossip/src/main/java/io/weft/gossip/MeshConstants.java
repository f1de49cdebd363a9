package io.weft.gossip;

import java.util.concurrent.TimeUnit;

/** Intervals and bounds of topology, gossip and connection making. */
final class MeshConstants {
  // By specification.

  /** Each side sends a heartbeat this often (mesh.md 1.7). */
  static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Every channel's full state goes to some neighbours this often (mesh.md 8.5). */
  static final long GOSSIP_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** From the first change of our own record to the update about it (mesh.md 8.5). */
  static final long TOPOLOGY_UPDATE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** From the first topology payload to the garbage collection (mesh.md 6.5). */
  static final long GARBAGE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** From the first request to the recalculation of routes (mesh.md 7.3). */
  static final long ROUTES_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** First back-off interval of a target (mesh.md 9.3). */
  static final long FIRST_BACK_OFF_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Longest back-off interval of a target (mesh.md 9.3). */
  static final long LONGEST_BACK_OFF_NANOS = TimeUnit.MINUTES.toNanos(6);

  /** A connection that lasted this long ends the back-off (mesh.md 9.3). */
  static final long BACK_OFF_RESET_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Names dated further from our clock than this close the connection (mesh.md 5.7). */
  static final long MAX_CLOCK_SKEW_SECONDS = 900;

  // Our choice.

  /** As {@link #HEARTBEAT_NANOS}, to peers that close after fifteen seconds of silence. */
  static final long PULSE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** The gossip interval varies by as much either way, so that routers do not fall in step (C9). */
  static final long GOSSIP_JITTER_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** Between two times of passing on what was learnt by differences; gathered meanwhile. */
  static final long SPREAD_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** So often it is passed on at once after a quiet while. */
  static final int SPREAD_BURST = 16;

  /** From one request for records to the next, which takes together what is offered meanwhile. */
  static final long ASKING_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** So many requests leave at once after a quiet while. */
  static final int ASKING_BURST = 32;

  /** From the first payload about a record to the end of keeping its bytes for other neighbours. */
  static final long ENCODED_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Unicasts that wait for one connection; Weave Net would block instead (C7). */
  static final int MAX_WAITING_UNICASTS = 1024;

  /** Control messages that wait for one connection; overlays send a few a second at most. */
  static final int MAX_WAITING_CONTROL = 256;

  /** Pairs of channel and source with state waiting for one connection, or for new routes. */
  static final int MAX_WAITING_STATES = 8192;

  /** Largest payload passed on: with its envelope it stays below the 10 MiB of mesh.md 3. */
  static final int MAX_PAYLOAD_BYTES = 10 * 1024 * 1024 - 1024;

  /** Channels of unknown name that we relay; names are chosen by others. */
  static final int MAX_SURROGATES = 64;

  /** Payloads of one unknown channel remembered within a gossip interval. */
  static final int MAX_SURROGATE_MEMORIES = 8192;

  /** Payload bytes of one unknown channel that wait for one connection (C14). */
  static final int MAX_SURROGATE_BYTES = 4 << 20;

  /** Bytes of relayed state that wait for one connection, or for new routes (C14). */
  static final int MAX_WAITING_RELAY_BYTES = 16 << 20;

  /**
   * Bytes of relayed state that wait, each payload once however many connections it waits for. A
   * payload of an unknown channel that is larger is not relayed.
   */
  static final int MAX_RELAYED_BYTES = 4 << 20;

  /**
   * Largest unicast passed on, without its tag: sealed, too, it is a message of at most 10 MiB
   * (mesh.md 3).
   */
  static final int MAX_UNICAST_BYTES = 10 * 1024 * 1024 - 17;

  /**
   * Bytes of unicasts that wait for all connections together. A larger one waits alone, but for
   * {@link #MAX_UNICAST_BYTES_BESIDE}.
   */
  static final int MAX_RELAYED_UNICAST_BYTES = 4 << 20;

  /** Bytes of unicasts that wait beside one that is larger than all of them may be. */
  static final int MAX_UNICAST_BYTES_BESIDE = 1 << 20;

  /** Addresses learnt from others that are considered at a time; anybody may invent some. */
  static final int MAX_DISCOVERED = 1024;

  /** Between two choices of whom to dial: each looks at the connections of everybody. */
  static final long EVALUATION_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Dials under way at a time. */
  static final int MAX_DIALS = 64;

  /** Time for a neighbour to send the records that it was asked for. */
  static final long DELTA_ANSWER_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** The same, as long as the neighbour goes on sending. */
  static final long LONGEST_DELTA_ANSWER_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** A digest is answered with a whole state at most this often, per connection and channel. */
  static final long MIN_EXCHANGE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Channels of a neighbour that we only relay and may pull within {@link #MIN_EXCHANGE_NANOS}. */
  static final int MAX_RELAYED_PULLS = 8;

  /** Records that neighbours may be asked for at a time; as many as there can be peers. */
  static final int MAX_ASKED = 16_384;

  private MeshConstants() {}
}
