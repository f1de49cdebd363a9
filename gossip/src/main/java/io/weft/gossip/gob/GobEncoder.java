package io.weft.gossip.gob;

/**
 * Streams that hold one value of a type. The definitions in front of it are the same in all of them
 * and are worked out once, which takes longer than a small value. Immutable.
 */
public final class GobEncoder {
  private final GobType type;
  private final byte[] definitions;
  private final int id;

  /** For streams whose type ids begin at {@link GobWriter#FIRST_TYPE_ID}. */
  public GobEncoder(GobType type) {
    GobWriter writer = new GobWriter().define(type);
    this.type = type;
    definitions = writer.toBytes();
    id = writer.idOf(type);
  }

  /**
   * The stream of a value, the same as a new {@link GobWriter} gives.
   *
   * @throws IllegalArgumentException when it does not fit the type
   */
  public byte[] encode(GobValue value) {
    return new GobWriter().writeDefined(definitions, id, type, value).toBytes();
  }
}
