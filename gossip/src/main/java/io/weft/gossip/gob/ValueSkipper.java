package io.weft.gossip.gob;

/** Steps over values that nobody here wants: fields unknown to the declared type. */
final class ValueSkipper {
  private final WireTypes types;
  private final GobInput in;
  private int lastLength;

  ValueSkipper(WireTypes types, GobInput in) {
    this.types = types;
    this.in = in;
  }

  /** Length of the byte string or text last stepped over. */
  int lastLength() {
    return lastLength;
  }

  void skip(int wireId, int depth) throws GobException {
    if (depth > GobLimits.MAX_DEPTH) {
      throw in.fault("nesting deeper than " + GobLimits.MAX_DEPTH);
    }
    switch (wireId) {
      case GobLimits.ID_BOOL, GobLimits.ID_INT, GobLimits.ID_UINT, GobLimits.ID_FLOAT ->
          in.readUint();
      case GobLimits.ID_BYTES, GobLimits.ID_STRING -> lastLength = in.skipBytes();
      case GobLimits.ID_COMPLEX -> {
        in.readUint();
        in.readUint();
      }
      default -> skipDefined(wireId, depth);
    }
  }

  private void skipDefined(int wireId, int depth) throws GobException {
    switch (types.find(wireId)) {
      case WireType.Slice t -> skipElements(in.readCount(), t.element(), depth);
      case WireType.Array t -> {
        int count = in.readCount();
        if (count != t.length()) {
          throw in.fault("array of " + t.length() + " with " + count + " elements");
        }
        skipElements(count, t.element(), depth);
      }
      case WireType.Mapping t -> {
        int count = in.readCount();
        for (int i = 0; i < count; i++) {
          skip(t.key(), depth + 1);
          skip(t.value(), depth + 1);
        }
      }
      case WireType.Struct t -> {
        WireTypes.Fields fields = new WireTypes.Fields(in, t.fields().size());
        for (int field = fields.next(); field >= 0; field = fields.next()) {
          skip(t.fields().get(field).type(), depth + 1);
        }
      }
      case null -> throw in.fault("value of undefined type " + wireId);
    }
  }

  private void skipElements(int count, int element, int depth) throws GobException {
    for (int i = 0; i < count; i++) {
      skip(element, depth + 1);
    }
  }
}
