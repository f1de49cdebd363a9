package io.weft.gossip.gob;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads one gob stream, following the type definitions it contains (mesh.md 4).
 *
 * <p>Unknown struct fields are skipped, absent ones read as zero. Every fault, also a kind that
 * differs from the declared one and a number too large for its width, is a {@link GobException},
 * after which the reader must not be used. Not safe for use by several threads.
 */
public final class GobReader {
  private record PlanKey(int wireId, GobType declared) {}

  private final GobInput in = new GobInput();
  private final WireTypes types = new WireTypes();
  private final PlanCompiler compiler = new PlanCompiler(types);
  private final ValueSkipper skipper = new ValueSkipper(types, in);
  private final Map<PlanKey, DecodePlan> plans = new HashMap<>();
  private int elements;
  private int elementLimit = GobLimits.MAX_ELEMENTS;
  private boolean skipping;
  private @Nullable Sink sink;

  /** Reads a stream that is complete in the given array. */
  public GobReader(byte[] data) {
    this(data, 0, data.length);
  }

  /** Reads a stream that is complete in a region of the given array, which is not copied. */
  public GobReader(byte[] data, int offset, int length) {
    continueWith(data, offset, length);
  }

  /** Goes on with the next bytes of the same stream, which must begin at a message boundary. */
  public void continueWith(byte[] data, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, data.length);
    in.reset(data, offset, length);
  }

  /** Whether every byte has been read. */
  public boolean atEnd() {
    return in.remaining() == 0;
  }

  /** Offset of the next byte into the array given. */
  public int position() {
    return in.position();
  }

  /** Reads an unsigned number of at most the given width. */
  public long readUint(int bits) throws GobException {
    return ((GobValue.Uint) read(new GobType.Uint(bits))).value();
  }

  /** Reads a text. */
  public String readString() throws GobException {
    return ((GobValue.Text) read(GobType.STRING)).value();
  }

  /** Reads a byte string. */
  public byte[] readBytes() throws GobException {
    return ((GobValue.Bytes) read(GobType.BYTES)).value();
  }

  /** Reads a struct. */
  public GobStruct readStruct(GobType.Struct type) throws GobException {
    return (GobStruct) read(type);
  }

  /** Reads the elements of a slice. */
  public List<GobValue> readSlice(GobType.Slice type) throws GobException {
    return ((GobValue.Slice) read(type)).elements();
  }

  /** Takes the elements of a slice one by one. */
  @FunctionalInterface
  public interface Sink {
    /** Takes one, which is valid during the call. */
    void accept(GobRow row) throws GobException;
  }

  /**
   * Reads a slice of structs that have only scalars, element by element; more than a limit are
   * refused before they are read.
   *
   * @param type its elements have no composite field and no floating point number
   */
  public void readRows(GobType.Slice type, int limit, Sink each) throws GobException {
    elementLimit = Math.min(limit, GobLimits.MAX_ELEMENTS);
    sink = each;
    try {
      read(type);
    } finally {
      elementLimit = GobLimits.MAX_ELEMENTS;
      sink = null;
    }
  }

  /** Reads the elements of a slice; more than a limit are refused before they are read. */
  public List<GobValue> readSlice(GobType.Slice type, int limit) throws GobException {
    elementLimit = Math.min(limit, GobLimits.MAX_ELEMENTS);
    try {
      return readSlice(type);
    } finally {
      elementLimit = GobLimits.MAX_ELEMENTS;
    }
  }

  /** Reads the entries of a map. */
  public List<GobValue.Entry> readMap(GobType.Mapping type) throws GobException {
    return ((GobValue.Mapping) read(type)).entries();
  }

  /** Reads the next value and the definitions in front of it. */
  public GobValue read(GobType type) throws GobException {
    while (true) {
      GobValue value = readMessage(type);
      if (value != null) {
        return value;
      }
    }
  }

  /**
   * Steps over the next value after the definitions in front of it. Its form and the kinds of its
   * parts are checked as when reading, but not the width of numbers.
   */
  public void skip(GobType type) throws GobException {
    skipping = true;
    try {
      read(type);
    } finally {
      skipping = false;
    }
  }

  /** Steps over a byte string, which ends at {@link #position} then, and answers its length. */
  public int skipBytes() throws GobException {
    skip(GobType.BYTES);
    return skipper.lastLength();
  }

  /**
   * Reads one message: a definition, which gives null, or a value.
   *
   * <p>For a stream that arrives in pieces (mesh.md 1.5).
   */
  public @Nullable GobValue readMessage(GobType type) throws GobException {
    int streamEnd = in.end();
    int length = in.readCount();
    int messageEnd = in.position() + length;
    in.setEnd(messageEnd);
    long id = in.readInt();
    GobValue value = null;
    if (id < 0 && id != Long.MIN_VALUE) {
      types.define(-id, in);
    } else if (id > 0 && id <= Integer.MAX_VALUE) {
      value = readTopLevel((int) id, type);
    } else {
      throw in.fault("value of type " + id);
    }
    in.setEnd(streamEnd);
    return value;
  }

  private GobValue readTopLevel(int id, GobType type) throws GobException {
    DecodePlan plan = plan(id, type);
    if (!(type instanceof GobType.Struct) && in.readUint() != 0) {
      throw in.fault("no zero in front of a value that is not a struct");
    }
    elements = 0;
    GobValue value = decodeAsAsked(id, plan);
    if (in.remaining() > 0) {
      throw in.fault("extra data behind a value");
    }
    return value;
  }

  private GobValue decodeAsAsked(int id, DecodePlan plan) throws GobException {
    Sink each = sink;
    if (skipping) {
      skipper.skip(id, 0);
    } else if (each != null) {
      if (!(plan instanceof DecodePlan.Slice(DecodePlan.Struct row))) {
        throw new IllegalArgumentException("no slice of structs");
      }
      passRows(row, each);
    } else {
      return decode(plan, 0);
    }
    return GobValue.Slice.EMPTY;
  }

  private void passRows(DecodePlan.Struct plan, Sink each) throws GobException {
    int count = readElementCount();
    GobRow row = new GobRow(plan.type().fields().size());
    for (int i = 0; i < count; i++) {
      row.begin(in.data());
      WireTypes.Fields fields = new WireTypes.Fields(in, plan.steps().length);
      for (int field = fields.next(); field >= 0; field = fields.next()) {
        DecodePlan.Step step = plan.steps()[field];
        if (step.plan() instanceof DecodePlan.Scalar(GobType type)) {
          readInto(row, step.target(), type);
        } else {
          skipper.skip(step.wireType(), 1);
        }
      }
      each.accept(row);
    }
  }

  private void readInto(GobRow row, int field, GobType type) throws GobException {
    switch (type) {
      case GobType.Bool t -> row.put(field, in.readUint() == 0 ? 0 : 1);
      case GobType.Int t -> row.put(field, decodeInt(t));
      case GobType.Uint t -> row.put(field, decodeUint(t));
      case GobType.Bytes t -> readBytesInto(row, field);
      case GobType.Text t -> readBytesInto(row, field);
      default -> throw new IllegalArgumentException("not in a row: " + type);
    }
  }

  private void readBytesInto(GobRow row, int field) throws GobException {
    int length = in.skipBytes();
    row.putBytes(field, in.position() - length, length);
  }

  private DecodePlan plan(int id, GobType type) throws GobException {
    PlanKey key = new PlanKey(id, type);
    DecodePlan plan = plans.get(key);
    if (plan == null) {
      plan = compiler.compile(id, type, in);
      plans.put(key, plan);
    }
    return plan;
  }

  private GobValue decode(DecodePlan plan, int depth) throws GobException {
    if (depth > GobLimits.MAX_DEPTH) {
      throw in.fault("nesting deeper than " + GobLimits.MAX_DEPTH);
    }
    return switch (plan) {
      case DecodePlan.Scalar p -> decodeScalar(p.type());
      case DecodePlan.Slice p -> {
        int count = readElementCount();
        List<GobValue> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          values.add(decode(p.element(), depth + 1));
        }
        yield new GobValue.Slice(values);
      }
      case DecodePlan.Table p -> decodeTable(p.row(), depth);
      case DecodePlan.Mapping p -> {
        int count = readElementCount();
        List<GobValue.Entry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          GobValue key = decode(p.key(), depth + 1);
          entries.add(new GobValue.Entry(key, decode(p.value(), depth + 1)));
        }
        yield new GobValue.Mapping(entries);
      }
      case DecodePlan.Struct p -> decodeStruct(p, depth);
    };
  }

  private GobStruct decodeStruct(DecodePlan.Struct plan, int depth) throws GobException {
    @Nullable GobValue[] values = new GobValue[plan.type().fields().size()];
    WireTypes.Fields fields = new WireTypes.Fields(in, plan.steps().length);
    for (int field = fields.next(); field >= 0; field = fields.next()) {
      DecodePlan.Step step = plan.steps()[field];
      DecodePlan fieldPlan = step.plan();
      if (fieldPlan == null) {
        skipper.skip(step.wireType(), depth + 1);
        continue;
      }
      GobValue value = decode(fieldPlan, depth + 1);
      values[step.target()] = GobStruct.isZero(value) ? null : value;
    }
    return new GobStruct(plan.type(), values);
  }

  private GobValue decodeTable(DecodePlan.Struct row, int depth) throws GobException {
    int count = readElementCount();
    int columns = row.type().fields().size();
    long[] cells = new long[Math.multiplyExact(count, columns)];
    for (int start = 0; start < cells.length; start += columns) {
      WireTypes.Fields fields = new WireTypes.Fields(in, row.steps().length);
      for (int field = fields.next(); field >= 0; field = fields.next()) {
        DecodePlan.Step step = row.steps()[field];
        if (step.target() < 0) {
          skipper.skip(step.wireType(), depth + 1);
        } else {
          GobType type = row.type().fields().get(step.target()).type();
          cells[start + step.target()] = decodeUint((GobType.Uint) type);
        }
      }
    }
    return new GobValue.Table(cells);
  }

  private int readElementCount() throws GobException {
    int count = in.readCount();
    elements += count;
    if (elements > elementLimit) {
      throw in.fault("more than " + elementLimit + " elements in one value");
    }
    return count;
  }

  private GobValue decodeScalar(GobType type) throws GobException {
    return switch (type) {
      case GobType.Bool t -> new GobValue.Bool(in.readUint() != 0);
      case GobType.Int t -> new GobValue.Int(decodeInt(t));
      case GobType.Uint t -> new GobValue.Uint(decodeUint(t));
      case GobType.Real t -> new GobValue.Real(in.readFloat());
      case GobType.Bytes t -> new GobValue.Bytes(in.readBytes());
      case GobType.Text t -> new GobValue.Text(in.readText());
      default -> throw new IllegalStateException("no scalar: " + type);
    };
  }

  private long decodeInt(GobType.Int type) throws GobException {
    long value = in.readInt();
    long excess = value >> (type.bits() - 1);
    if (excess != 0 && excess != -1) {
      throw in.fault("number " + value + " exceeds " + type.bits() + " bits");
    }
    return value;
  }

  private long decodeUint(GobType.Uint type) throws GobException {
    long value = in.readUint();
    if (type.bits() < Long.SIZE && value >>> type.bits() != 0) {
      throw in.fault(
          "number " + Long.toUnsignedString(value) + " exceeds " + type.bits() + " bits");
    }
    return value;
  }
}
