package io.weft.gossip.gob;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A value of a {@link GobType}. Immutable, except that byte strings are not copied. */
public sealed interface GobValue permits GobStruct, GobValue.Scalar, GobValue.Composite {
  /** A value without parts. */
  sealed interface Scalar extends GobValue {}

  /** A slice or a map. */
  sealed interface Composite extends GobValue {}

  /** A truth value. */
  record Bool(boolean value) implements Scalar {}

  /** A signed number. */
  record Int(long value) implements Scalar {}

  /** An unsigned number, 64 bits. */
  record Uint(long value) implements Scalar {}

  /** A floating point number. */
  record Real(double value) implements Scalar {}

  /** A text. */
  record Text(String value) implements Scalar {}

  /** A byte string. */
  record Bytes(byte[] value) implements Scalar {
    @Override
    public boolean equals(Object other) {
      return other instanceof Bytes that && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(value);
    }

    @Override
    public String toString() {
      return HexFormat.of().formatHex(value);
    }
  }

  /** A slice. */
  record Slice(List<GobValue> elements) implements Composite {
    /** The slice without elements. */
    public static final Slice EMPTY = new Slice(List.of());

    /** Copies the elements. */
    public Slice {
      elements = List.copyOf(elements);
    }
  }

  /**
   * A slice of structs of unsigned numbers, as numbers alone: one in objects takes ten times the
   * memory. The array is not copied.
   *
   * @param cells row after row, each with a number for every declared field
   */
  record Table(long[] cells) implements Composite {
    @Override
    public boolean equals(Object other) {
      return other instanceof Table that && Arrays.equals(cells, that.cells);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(cells);
    }

    @Override
    public String toString() {
      return Arrays.toString(cells);
    }
  }

  /** A map in the order of the wire, which carries no meaning; a key may occur twice. */
  record Mapping(List<Entry> entries) implements Composite {
    /** The map without entries, which is not the same as an absent one. */
    public static final Mapping EMPTY = new Mapping(List.of());

    /** Copies the entries. */
    public Mapping {
      entries = List.copyOf(entries);
    }
  }

  /** An entry of a map. */
  record Entry(GobValue key, GobValue value) {}

  /** An unsigned number. */
  static GobValue uint(long value) {
    return new Uint(value);
  }

  /** A text. */
  static GobValue text(String value) {
    return new Text(value);
  }

  /** The number held. */
  default long asUint() {
    return ((Uint) this).value;
  }

  /** The text held. */
  default String asText() {
    return ((Text) this).value;
  }

  /** The struct held. */
  default GobStruct asStruct() {
    return (GobStruct) this;
  }
}
