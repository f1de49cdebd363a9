package io.weft.gossip.gob;

/** Bounds and numbers of the gob reader and writer. */
final class GobLimits {
  // By specification (mesh.md 4.2).

  /** Type of a truth value. */
  static final int ID_BOOL = 1;

  /** Type of a signed number. */
  static final int ID_INT = 2;

  /** Type of an unsigned number. */
  static final int ID_UINT = 3;

  /** Type of a floating point number. */
  static final int ID_FLOAT = 4;

  /** Type of a byte string. */
  static final int ID_BYTES = 5;

  /** Type of a text. */
  static final int ID_STRING = 6;

  /** Type of a complex number, only ever skipped. */
  static final int ID_COMPLEX = 7;

  /** Smallest type id that a stream may define. */
  static final int FIRST_USER_ID = 64;

  // Our choice, as mesh.md 4.5 asks.

  /** Deepest nesting of values; the deepest real one, IPAM's Paxos state, has 6. */
  static final int MAX_DEPTH = 16;

  /** Type definitions in one stream; the richest real one, IPAM's state, has 12. */
  static final int MAX_TYPES = 64;

  /** Fields of one struct definition; the largest real one has 9. */
  static final int MAX_FIELDS = 256;

  /**
   * Elements of all slices and maps in one value. An element may take one byte on the wire but some
   * hundred in memory, so the message size alone would not bound what a value costs. Real values
   * have one element per connection of a peer or per token of the ring: thousands at most.
   */
  static final int MAX_ELEMENTS = 100_000;

  private GobLimits() {}
}
