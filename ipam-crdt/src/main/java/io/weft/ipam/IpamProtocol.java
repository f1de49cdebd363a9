package io.weft.ipam;

/** The numbers of address allocation (ipam.md 11), and the bounds we add to them. */
public final class IpamProtocol {
  // By specification.

  /** Name of the gossip channel. */
  public static final String CHANNEL = "IPallocation";

  /** Identity of callers that have none; their addresses are stored under their own text. */
  public static final String UNKNOWN_IDENT = "_";

  /** Identity of addresses put on the bridge itself. */
  public static final String EXPOSE_IDENT = "weave:expose";

  static final byte TAG_SPACE_REQUEST = 0;
  static final byte TAG_RING_UPDATE = 1;
  static final byte TAG_SPACE_DENIED = 2;

  static final int MIN_SUBNET_SIZE = 4;
  static final long MAX_VERSION = 0xffff_ffffL;
  static final long TRANSFER_VERSION_STEP = 100;
  static final long TICK_NANOS = 5_000_000_000L;
  static final long DEAD_CONTAINER_NANOS = 30_000_000_000L;
  static final int CLAIM_TRIES = 5;

  // Our choice.

  /**
   * Versions skipped on our own ring entries when the last stop was unclean: more than one event
   * can add, so that what we say next never repeats a version we may have used (ipam.md 10).
   */
  static final long UNCLEAN_VERSION_GAP = 16;

  /**
   * Tokens in a ring: eight for each of 8192 owners. Below what the gob reader takes in one value,
   * so that no ring grows until others cannot read it.
   */
  static final int MAX_RING_ENTRIES = 1 << 16;

  /** Creators of a ring; as many as a mesh can have peers. */
  static final int MAX_SEEDS = 1 << 14;

  /** Nicknames we remember and accept; as many as a mesh can have peers. */
  static final int MAX_NICKNAMES = 1 << 14;

  /** Characters of a nickname: the longest host name, and then some. */
  static final int MAX_NICKNAME_LENGTH = 1024;

  /** Paxos rounds believed from others: far from where counting up would meet an end. */
  static final long MAX_PAXOS_ROUND = 1L << 48;

  /** Names in the values that all Paxos acceptors have accepted, as far as we remember them. */
  static final int MAX_PAXOS_VALUE_NAMES = 50_000;

  /** Paxos acceptors: each restart before the first ring adds one. */
  static final int MAX_PAXOS_NODES = 1 << 14;

  /** Requests that wait for space at one time; each holds an HTTP client. */
  static final int MAX_PENDING = 1 << 14;

  /** Addresses in use on this host; their record must stay readable in one gob value. */
  static final int MAX_HELD = 1 << 15;

  /** Characters of an identity; container ids have 64. */
  static final int MAX_IDENT_LENGTH = 1024;

  /**
   * How long a request without a limit of its own waits once it is known that nobody who can be
   * asked has a free address; ten times what clients of Weave Net wait.
   */
  static final long FULL_SPACE_NANOS = 600_000_000_000L;

  /** Owners, requests and peers named in an explanation. */
  static final int MAX_EXPLAINED = 20;

  private IpamProtocol() {}
}
