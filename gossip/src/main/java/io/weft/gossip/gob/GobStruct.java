package io.weft.gossip.gob;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A struct value: fields are got and set by name.
 *
 * <p>A field that is not set reads as zero. Setting a field to false, 0, empty text, empty bytes or
 * an empty slice is the same as not setting it, as on the wire (mesh.md 4.1). An empty map and a
 * struct without set fields are present all the same: leave the field unset for Go's {@code nil},
 * and set every struct-valued field that is not a pointer in Go.
 */
public final class GobStruct implements GobValue {
  private final GobType.Struct type;
  private final @Nullable GobValue[] values;

  GobStruct(GobType.Struct type, @Nullable GobValue[] values) {
    this.type = type;
    this.values = values;
  }

  /** Starts a value of the given type. */
  public static Builder builder(GobType.Struct type) {
    return new Builder(type);
  }

  /** The declared type. */
  public GobType.Struct type() {
    return type;
  }

  @Nullable GobValue at(int index) {
    return values[index];
  }

  /** Whether a field is present. */
  public boolean has(String field) {
    return values[index(type, field)] != null;
  }

  /** A truth value, false when absent. */
  public boolean bool(String field) {
    return values[index(type, field)] instanceof GobValue.Bool v && v.value();
  }

  /** A signed number, 0 when absent. */
  public long integer(String field) {
    return values[index(type, field)] instanceof GobValue.Int v ? v.value() : 0;
  }

  /** An unsigned number, 0 when absent. */
  public long uint(String field) {
    return values[index(type, field)] instanceof GobValue.Uint v ? v.value() : 0;
  }

  /** A text, empty when absent. */
  public String text(String field) {
    return values[index(type, field)] instanceof GobValue.Text v ? v.value() : "";
  }

  /** A byte string, empty when absent. */
  public byte[] bytes(String field) {
    return values[index(type, field)] instanceof GobValue.Bytes v ? v.value() : new byte[0];
  }

  /** The elements of a slice, none when absent. */
  public List<GobValue> slice(String field) {
    return values[index(type, field)] instanceof GobValue.Slice v ? v.elements() : List.of();
  }

  /** The numbers of a table, none when absent. */
  public long[] table(String field) {
    return values[index(type, field)] instanceof GobValue.Table v ? v.cells() : new long[0];
  }

  /** The entries of a map, null when absent (which an empty map is not). */
  public @Nullable List<GobValue.Entry> map(String field) {
    return values[index(type, field)] instanceof GobValue.Mapping v ? v.entries() : null;
  }

  /** A struct, null when absent. */
  public @Nullable GobStruct struct(String field) {
    return values[index(type, field)] instanceof GobStruct v ? v : null;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GobStruct that
        && type.equals(that.type)
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(type.name()).append('{');
    for (int i = 0; i < values.length; i++) {
      if (values[i] != null) {
        text.append(type.fields().get(i).name()).append('=').append(values[i]).append(' ');
      }
    }
    return text.append('}').toString();
  }

  private static int index(GobType.Struct type, String field) {
    int index = type.indexOf(field);
    if (index < 0) {
      throw new IllegalArgumentException("no field " + field + " in " + type.name());
    }
    return index;
  }

  /** Whether a value is left out of a struct. */
  static boolean isZero(GobValue value) {
    return switch (value) {
      case GobValue.Bool v -> !v.value();
      case GobValue.Int v -> v.value() == 0;
      case GobValue.Uint v -> v.value() == 0;
      case GobValue.Real v -> v.value() == 0;
      case GobValue.Text v -> v.value().isEmpty();
      case GobValue.Bytes v -> v.value().length == 0;
      case GobValue.Slice v -> v.elements().isEmpty();
      case GobValue.Table v -> v.cells().length == 0;
      case GobValue.Mapping v -> false;
      case GobStruct v -> false;
    };
  }

  /** Collects the fields of a struct value; the kind of each is checked when it is written. */
  public static final class Builder {
    private final GobType.Struct type;
    private final @Nullable GobValue[] values;

    private Builder(GobType.Struct type) {
      this.type = type;
      this.values = new GobValue[type.fields().size()];
    }

    /** Sets a truth value. */
    public Builder bool(String field, boolean value) {
      return set(field, new GobValue.Bool(value));
    }

    /** Sets a signed number. */
    public Builder integer(String field, long value) {
      return set(field, new GobValue.Int(value));
    }

    /** Sets an unsigned number. */
    public Builder uint(String field, long value) {
      return set(field, new GobValue.Uint(value));
    }

    /** Sets a text. */
    public Builder text(String field, String value) {
      return set(field, new GobValue.Text(value));
    }

    /** Sets a byte string, not copied. */
    public Builder bytes(String field, byte[] value) {
      return set(field, new GobValue.Bytes(value));
    }

    /** Sets a slice. */
    public Builder slice(String field, List<? extends GobValue> elements) {
      return set(field, new GobValue.Slice(List.copyOf(elements)));
    }

    /** Sets a table, not copied. */
    public Builder table(String field, long[] cells) {
      return set(field, new GobValue.Table(cells));
    }

    /** Sets a map, also an empty one. */
    public Builder map(String field, List<GobValue.Entry> entries) {
      return set(field, new GobValue.Mapping(entries));
    }

    /** Sets a struct. */
    public Builder struct(String field, GobStruct value) {
      return set(field, value);
    }

    /** Sets any value. */
    public Builder set(String field, GobValue value) {
      values[index(type, field)] = isZero(value) ? null : value;
      return this;
    }

    /** The finished value. */
    public GobStruct build() {
      return new GobStruct(type, values.clone());
    }
  }
}
