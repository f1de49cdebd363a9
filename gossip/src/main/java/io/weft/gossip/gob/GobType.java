package io.weft.gossip.gob;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A Go type as this side declares it. Types are immutable and compared by content; declare each
 * once as a constant.
 *
 * <p>On receipt, kinds must agree (signed and unsigned, bytes and text are not interchangeable) and
 * a number that does not fit the declared width is an error (mesh.md 4.3).
 */
public sealed interface GobType {
  /** {@code bool}. */
  GobType BOOL = new Bool();

  /** {@code float64}. */
  GobType FLOAT = new Real();

  /** {@code []byte}. */
  GobType BYTES = new Bytes();

  /** {@code string}. */
  GobType STRING = new Text();

  /** {@code int64}. */
  GobType INT64 = new Int(64);

  /** {@code uint8}, also for other small unsigned numbers that must fit a byte. */
  GobType UINT8 = new Uint(8);

  /** {@code uint16}. */
  GobType UINT16 = new Uint(16);

  /** {@code uint32}. */
  GobType UINT32 = new Uint(32);

  /** {@code uint64}. */
  GobType UINT64 = new Uint(64);

  /** A truth value. */
  record Bool() implements GobType {}

  /** A floating point number. */
  record Real() implements GobType {}

  /** A byte string. */
  record Bytes() implements GobType {}

  /** A text in UTF-8; malformed sequences are read as U+FFFD. */
  record Text() implements GobType {}

  /**
   * A signed number.
   *
   * @param bits width, 1 to 64
   */
  record Int(int bits) implements GobType {
    /** Checks the width. */
    public Int {
      checkBits(bits);
    }
  }

  /**
   * An unsigned number.
   *
   * @param bits width, 1 to 64; 64-bit values are carried in a {@code long} as they are
   */
  record Uint(int bits) implements GobType {
    /** Checks the width. */
    public Uint {
      checkBits(bits);
    }
  }

  /**
   * A slice.
   *
   * @param name the name in the type definition, empty for anonymous types; carries no meaning
   */
  record Slice(String name, GobType element) implements GobType {}

  /**
   * A slice of structs of unsigned numbers, which reads as a {@link GobValue.Table}; the same as a
   * {@link Slice} on the wire.
   *
   * @param name as that of a slice
   * @param row all of its fields are {@link Uint}
   */
  record Table(String name, Struct row) implements GobType {
    /** Checks the fields. */
    public Table {
      for (Field field : row.fields()) {
        if (!(field.type() instanceof Uint)) {
          throw new IllegalArgumentException("no unsigned number in a table: " + field.name());
        }
      }
    }
  }

  /**
   * A map.
   *
   * @param name the name in the type definition, empty for anonymous types; carries no meaning
   */
  record Mapping(String name, GobType key, GobType value) implements GobType {}

  /**
   * A struct.
   *
   * @param name the name in the type definition, empty for none; carries no meaning
   * @param fields in Go's order; matched by name on receipt
   */
  record Struct(String name, List<Field> fields) implements GobType {
    /** Copies the fields and checks that their names differ. */
    public Struct {
      fields = List.copyOf(fields);
      Set<String> names = new HashSet<>();
      for (Field field : fields) {
        if (!names.add(field.name())) {
          throw new IllegalArgumentException("field declared twice: " + field.name());
        }
      }
    }

    /** Position of a field, or -1. */
    public int indexOf(String fieldName) {
      for (int i = 0; i < fields.size(); i++) {
        if (fields.get(i).name().equals(fieldName)) {
          return i;
        }
      }
      return -1;
    }
  }

  /** A named field of a struct. */
  record Field(String name, GobType type) {}

  /** Declares a struct. */
  static Struct struct(String name, Field... fields) {
    return new Struct(name, List.of(fields));
  }

  /** Declares a field. */
  static Field field(String name, GobType type) {
    return new Field(name, type);
  }

  /** Declares a slice; an empty name is that of an anonymous type. */
  static Slice slice(String name, GobType element) {
    return new Slice(name, element);
  }

  /** Declares a table; an empty name is that of an anonymous type. */
  static Table table(String name, Struct row) {
    return new Table(name, row);
  }

  /** Declares a map; an empty name is that of an anonymous type. */
  static Mapping map(String name, GobType key, GobType value) {
    return new Mapping(name, key, value);
  }

  private static void checkBits(int bits) {
    if (bits < 1 || bits > 64) {
      throw new IllegalArgumentException("width of a number is 1 to 64 bits, not " + bits);
    }
  }
}
