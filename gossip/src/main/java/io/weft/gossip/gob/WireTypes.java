package io.weft.gossip.gob;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The types that one stream has defined so far. */
final class WireTypes {
  // Field numbers of wireType and of its parts (mesh.md 4.2).
  private static final int ARRAY = 0;
  private static final int SLICE = 1;
  private static final int STRUCT = 2;
  private static final int MAP = 3;

  private final Map<Integer, WireType> byId = new HashMap<>();

  @Nullable WireType find(int id) {
    return byId.get(id);
  }

  /** Reads a definition up to the end of the input. */
  void define(long id, GobInput in) throws GobException {
    if (id < GobLimits.FIRST_USER_ID || id > Integer.MAX_VALUE) {
      throw in.fault("definition of reserved type " + id);
    }
    if (byId.containsKey((int) id)) {
      throw in.fault("duplicate definition of type " + id);
    }
    if (byId.size() >= GobLimits.MAX_TYPES) {
      throw in.fault("more than " + GobLimits.MAX_TYPES + " type definitions");
    }
    WireType type = readWireType(in);
    if (in.remaining() > 0) {
      throw in.fault("extra data behind a type definition");
    }
    byId.put((int) id, type);
  }

  private static WireType readWireType(GobInput in) throws GobException {
    Fields fields = new Fields(in, MAP + 1);
    int field = fields.next();
    WireType type =
        switch (field) {
          case ARRAY -> readArray(in);
          case SLICE -> readSlice(in);
          case STRUCT -> readStruct(in);
          case MAP -> readMap(in);
          default -> throw in.fault("type definition of no usable kind");
        };
    if (fields.next() >= 0) {
      throw in.fault("type definition of two kinds");
    }
    return type;
  }

  private static WireType readArray(GobInput in) throws GobException {
    Fields fields = new Fields(in, 3);
    int element = 0;
    long length = 0;
    for (int field = fields.next(); field >= 0; field = fields.next()) {
      switch (field) {
        case 0 -> skipCommon(in);
        case 1 -> element = readTypeId(in);
        default -> length = in.readInt();
      }
    }
    if (length < 0 || length > Integer.MAX_VALUE) {
      throw in.fault("array of length " + length);
    }
    return new WireType.Array(element, (int) length);
  }

  private static WireType readSlice(GobInput in) throws GobException {
    Fields fields = new Fields(in, 2);
    int element = 0;
    for (int field = fields.next(); field >= 0; field = fields.next()) {
      if (field == 0) {
        skipCommon(in);
      } else {
        element = readTypeId(in);
      }
    }
    return new WireType.Slice(element);
  }

  private static WireType readMap(GobInput in) throws GobException {
    Fields fields = new Fields(in, 3);
    int key = 0;
    int value = 0;
    for (int field = fields.next(); field >= 0; field = fields.next()) {
      switch (field) {
        case 0 -> skipCommon(in);
        case 1 -> key = readTypeId(in);
        default -> value = readTypeId(in);
      }
    }
    return new WireType.Mapping(key, value);
  }

  private static WireType readStruct(GobInput in) throws GobException {
    Fields fields = new Fields(in, 2);
    List<WireType.Field> result = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int field = fields.next(); field >= 0; field = fields.next()) {
      if (field == 0) {
        skipCommon(in);
        continue;
      }
      int count = in.readCount();
      if (count > GobLimits.MAX_FIELDS) {
        throw in.fault("struct of " + count + " fields");
      }
      for (int i = 0; i < count; i++) {
        WireType.Field declared = readField(in);
        // A name met twice would have its type compiled twice, and so on at every level below.
        if (!names.add(declared.name())) {
          throw in.fault("field " + declared.name() + " defined twice");
        }
        result.add(declared);
      }
    }
    return new WireType.Struct(List.copyOf(result));
  }

  private static WireType.Field readField(GobInput in) throws GobException {
    Fields fields = new Fields(in, 2);
    String name = "";
    int type = 0;
    for (int field = fields.next(); field >= 0; field = fields.next()) {
      if (field == 0) {
        name = in.readText();
      } else {
        type = readTypeId(in);
      }
    }
    return new WireType.Field(name, type);
  }

  private static void skipCommon(GobInput in) throws GobException {
    Fields fields = new Fields(in, 2);
    for (int field = fields.next(); field >= 0; field = fields.next()) {
      if (field == 0) {
        in.skipBytes();
      } else {
        in.readInt();
      }
    }
  }

  private static int readTypeId(GobInput in) throws GobException {
    long id = in.readInt();
    if (id <= 0 || id > Integer.MAX_VALUE) {
      throw in.fault("reference to type " + id);
    }
    return (int) id;
  }

  /** Walks the field deltas of a struct. */
  static final class Fields {
    private final GobInput in;
    private final int count;
    private int current = -1;

    Fields(GobInput in, int count) {
      this.in = in;
      this.count = count;
    }

    /** Number of the next field that is present, or -1 at the end of the struct. */
    int next() throws GobException {
      long delta = in.readUint();
      if (delta == 0) {
        return -1;
      }
      if (delta < 0 || delta > count - 1 - current) {
        throw in.fault("field number out of range");
      }
      current += (int) delta;
      return current;
    }
  }
}
