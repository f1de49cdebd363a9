package io.weft.gossip.gob;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes one gob stream: each type is defined once, before the first value that needs it (mesh.md
 * 4.2).
 *
 * <p>Definitions come out as Go orders them: the outer type first, then the types of its parts. Ids
 * are numbered from a chosen start as Go numbers them: a struct before its fields, a slice or map
 * after its elements. Not safe for use by several threads.
 */
public final class GobWriter {
  /** The id that a Go process gives its first type. */
  public static final int FIRST_TYPE_ID = 65;

  // Field numbers of wireType (mesh.md 4.2), as deltas from -1.
  private static final int WIRE_SLICE = 2;
  private static final int WIRE_STRUCT = 3;
  private static final int WIRE_MAP = 4;

  private final GobOutput output = new GobOutput();
  private final GobOutput content = new GobOutput();
  private final Map<GobType, Integer> ids = new HashMap<>();
  private final Set<GobType> defined = new HashSet<>();
  private int nextId;

  /** Starts a stream whose type ids begin at {@link #FIRST_TYPE_ID}. */
  public GobWriter() {
    this(FIRST_TYPE_ID);
  }

  /** Starts a stream whose type ids begin at the given number, 65 or more. */
  public GobWriter(int firstTypeId) {
    if (firstTypeId < FIRST_TYPE_ID) {
      throw new IllegalArgumentException("type ids below 65 are taken, got " + firstTypeId);
    }
    this.nextId = firstTypeId;
  }

  /** Appends an unsigned number as a value of its own. */
  public GobWriter writeUint(long value) {
    return write(GobType.UINT64, new GobValue.Uint(value));
  }

  /** Appends a text as a value of its own. */
  public GobWriter writeString(String value) {
    return write(GobType.STRING, new GobValue.Text(value));
  }

  /** Appends a byte string as a value of its own. */
  public GobWriter writeBytes(byte[] value) {
    return write(GobType.BYTES, new GobValue.Bytes(value));
  }

  /**
   * Appends all of a byte string as a value of its own but the bytes, which the caller puts behind
   * the stream so far. The stream ends with that.
   */
  public GobWriter writeBytesHead(int length) {
    content.clear();
    content.writeInt(GobLimits.ID_BYTES);
    content.writeUint(0);
    content.writeUint(length);
    output.writeMessageHead(content, length);
    return this;
  }

  /** Appends a struct, in front of it the definitions that its type still needs. */
  public GobWriter write(GobStruct value) {
    return write(value.type(), value);
  }

  /**
   * Appends a value, in front of it the definitions that its type still needs.
   *
   * @throws IllegalArgumentException when value and type do not fit
   */
  public GobWriter write(GobType type, GobValue value) {
    define(type);
    return writeMessage(idOf(type), type, value);
  }

  /** Appends definitions made elsewhere and a value of their first type; the stream ends there. */
  GobWriter writeDefined(byte[] definitions, int id, GobType type, GobValue value) {
    output.writeAll(definitions);
    return writeMessage(id, type, value);
  }

  private GobWriter writeMessage(int id, GobType type, GobValue value) {
    content.clear();
    content.writeInt(id);
    if (!(type instanceof GobType.Struct)) {
      content.writeUint(0);
    }
    writeValue(type, value);
    output.writeMessage(content);
    return this;
  }

  /** Appends only the definitions that a type still needs, without a value. */
  public GobWriter define(GobType type) {
    if (needsDefinition(type)) {
      number(type);
      defineTree(type);
    }
    return this;
  }

  /** The stream so far; later values go on in the same stream. */
  public byte[] toBytes() {
    return output.toBytes();
  }

  /** The stream since the last call; later values go on in the same stream. */
  public byte[] take() {
    byte[] bytes = output.toBytes();
    output.clear();
    return bytes;
  }

  private boolean needsDefinition(GobType type) {
    return isComposite(type) && !ids.containsKey(type);
  }

  private static boolean isComposite(GobType type) {
    return switch (type) {
      case GobType.Slice t -> true;
      case GobType.Table t -> true;
      case GobType.Mapping t -> true;
      case GobType.Struct t -> true;
      default -> false;
    };
  }

  /** Gives ids to a type and its parts; a struct may be met again inside its own fields' types. */
  private void number(GobType type) {
    if (!needsDefinition(type)) {
      return;
    }
    if (type instanceof GobType.Struct) {
      ids.put(type, nextId++);
    }
    for (GobType part : partsOf(type)) {
      number(part);
    }
    if (!(type instanceof GobType.Struct)) {
      ids.put(type, nextId++);
    }
  }

  private void defineTree(GobType type) {
    if (!isComposite(type) || !defined.add(type)) {
      return;
    }
    int id = idOf(type);
    content.clear();
    content.writeInt(-id);
    writeDefinition(type, id);
    output.writeMessage(content);
    for (GobType part : partsOf(type)) {
      defineTree(part);
    }
  }

  private static List<GobType> partsOf(GobType type) {
    return switch (type) {
      case GobType.Struct t -> t.fields().stream().map(GobType.Field::type).toList();
      case GobType.Slice t -> List.of(t.element());
      case GobType.Table t -> List.of(t.row());
      case GobType.Mapping t -> List.of(t.key(), t.value());
      default -> List.of();
    };
  }

  private void writeDefinition(GobType type, int id) {
    switch (type) {
      case GobType.Slice t -> {
        writeCommon(WIRE_SLICE, t.name(), id);
        writeIdField(1, t.element());
      }
      case GobType.Table t -> {
        writeCommon(WIRE_SLICE, t.name(), id);
        writeIdField(1, t.row());
      }
      case GobType.Mapping t -> {
        writeCommon(WIRE_MAP, t.name(), id);
        writeIdField(1, t.key());
        writeIdField(1, t.value());
      }
      case GobType.Struct t -> {
        writeCommon(WIRE_STRUCT, t.name(), id);
        writeFields(t.fields());
      }
      default -> throw new IllegalStateException("scalars are not defined");
    }
    content.writeUint(0);
    content.writeUint(0);
  }

  private void writeCommon(int wireDelta, String name, int id) {
    content.writeUint(wireDelta);
    content.writeUint(1);
    if (name.isEmpty()) {
      content.writeUint(2);
    } else {
      content.writeUint(1);
      content.writeText(name);
      content.writeUint(1);
    }
    content.writeInt(id);
    content.writeUint(0);
  }

  private void writeIdField(int delta, GobType type) {
    content.writeUint(delta);
    content.writeInt(idOf(type));
  }

  private void writeFields(List<GobType.Field> fields) {
    if (fields.isEmpty()) {
      return;
    }
    content.writeUint(1);
    content.writeUint(fields.size());
    for (GobType.Field field : fields) {
      content.writeUint(1);
      content.writeText(field.name());
      writeIdField(1, field.type());
      content.writeUint(0);
    }
  }

  int idOf(GobType type) {
    return switch (type) {
      case GobType.Bool t -> GobLimits.ID_BOOL;
      case GobType.Int t -> GobLimits.ID_INT;
      case GobType.Uint t -> GobLimits.ID_UINT;
      case GobType.Real t -> GobLimits.ID_FLOAT;
      case GobType.Bytes t -> GobLimits.ID_BYTES;
      case GobType.Text t -> GobLimits.ID_STRING;
      case GobType.Slice t -> ids.getOrDefault(t, 0);
      case GobType.Table t -> ids.getOrDefault(t, 0);
      case GobType.Mapping t -> ids.getOrDefault(t, 0);
      case GobType.Struct t -> ids.getOrDefault(t, 0);
    };
  }

  private void writeValue(GobType type, GobValue value) {
    switch (value) {
      case GobValue.Bool v when type instanceof GobType.Bool ->
          content.writeUint(v.value() ? 1 : 0);
      case GobValue.Int v when type instanceof GobType.Int -> content.writeInt(v.value());
      case GobValue.Uint v when type instanceof GobType.Uint -> content.writeUint(v.value());
      case GobValue.Real v when type instanceof GobType.Real -> content.writeFloat(v.value());
      case GobValue.Text v when type instanceof GobType.Text -> content.writeText(v.value());
      case GobValue.Bytes v when type instanceof GobType.Bytes -> content.writeBytes(v.value());
      case GobValue.Slice v when type instanceof GobType.Slice t -> {
        content.writeUint(v.elements().size());
        v.elements().forEach(element -> writeValue(t.element(), element));
      }
      case GobValue.Table v when type instanceof GobType.Table t ->
          writeRows(v.cells(), t.row().fields().size());
      case GobValue.Mapping v when type instanceof GobType.Mapping t -> {
        content.writeUint(v.entries().size());
        for (GobValue.Entry entry : v.entries()) {
          writeValue(t.key(), entry.key());
          writeValue(t.value(), entry.value());
        }
      }
      case GobStruct v when type.equals(v.type()) -> writeStruct(v);
      default -> throw new IllegalArgumentException("value " + value + " is no " + type);
    }
  }

  private void writeRows(long[] cells, int columns) {
    if (cells.length % columns != 0) {
      throw new IllegalArgumentException(cells.length + " numbers in rows of " + columns);
    }
    content.writeUint(cells.length / columns);
    for (int start = 0; start < cells.length; start += columns) {
      int previous = -1;
      for (int column = 0; column < columns; column++) {
        long value = cells[start + column];
        if (value != 0) {
          content.writeUint(column - previous);
          content.writeUint(value);
          previous = column;
        }
      }
      content.writeUint(0);
    }
  }

  private void writeStruct(GobStruct struct) {
    List<GobType.Field> fields = struct.type().fields();
    int previous = -1;
    for (int i = 0; i < fields.size(); i++) {
      GobValue value = struct.at(i);
      if (value != null) {
        content.writeUint(i - previous);
        writeValue(fields.get(i).type(), value);
        previous = i;
      }
    }
    content.writeUint(0);
  }
}
