package io.weft.gossip.gob;

import java.util.List;

/** Matches received types with declared ones (mesh.md 4.3). */
final class PlanCompiler {
  private final WireTypes types;

  PlanCompiler(WireTypes types) {
    this.types = types;
  }

  DecodePlan compile(int wireId, GobType declared, GobInput in) throws GobException {
    return switch (declared) {
      case GobType.Bool t -> scalar(wireId, GobLimits.ID_BOOL, t, in);
      case GobType.Int t -> scalar(wireId, GobLimits.ID_INT, t, in);
      case GobType.Uint t -> scalar(wireId, GobLimits.ID_UINT, t, in);
      case GobType.Real t -> scalar(wireId, GobLimits.ID_FLOAT, t, in);
      case GobType.Bytes t -> scalar(wireId, GobLimits.ID_BYTES, t, in);
      case GobType.Text t -> scalar(wireId, GobLimits.ID_STRING, t, in);
      case GobType.Slice t -> {
        if (!(types.find(wireId) instanceof WireType.Slice wire)) {
          throw mismatch(wireId, declared, in);
        }
        yield new DecodePlan.Slice(compile(wire.element(), t.element(), in));
      }
      case GobType.Table t -> {
        if (!(types.find(wireId) instanceof WireType.Slice slice)
            || !(types.find(slice.element()) instanceof WireType.Struct row)) {
          throw mismatch(wireId, declared, in);
        }
        yield new DecodePlan.Table(struct(row, t.row(), in));
      }
      case GobType.Mapping t -> {
        if (!(types.find(wireId) instanceof WireType.Mapping wire)) {
          throw mismatch(wireId, declared, in);
        }
        yield new DecodePlan.Mapping(
            compile(wire.key(), t.key(), in), compile(wire.value(), t.value(), in));
      }
      case GobType.Struct t -> {
        if (!(types.find(wireId) instanceof WireType.Struct wire)) {
          throw mismatch(wireId, declared, in);
        }
        yield struct(wire, t, in);
      }
    };
  }

  private DecodePlan.Struct struct(WireType.Struct wire, GobType.Struct declared, GobInput in)
      throws GobException {
    List<WireType.Field> fields = wire.fields();
    DecodePlan.Step[] steps = new DecodePlan.Step[fields.size()];
    boolean anyKnown = false;
    for (int i = 0; i < steps.length; i++) {
      WireType.Field field = fields.get(i);
      int target = declared.indexOf(field.name());
      if (target < 0) {
        steps[i] = new DecodePlan.Step(-1, null, field.type());
        continue;
      }
      anyKnown = true;
      GobType type = declared.fields().get(target).type();
      steps[i] = new DecodePlan.Step(target, compile(field.type(), type, in), field.type());
    }
    if (!anyKnown && steps.length > 0 && !declared.fields().isEmpty()) {
      throw in.fault("type mismatch: no fields matched for " + declared.name());
    }
    return new DecodePlan.Struct(declared, steps);
  }

  private static DecodePlan scalar(int wireId, int expected, GobType type, GobInput in)
      throws GobException {
    if (wireId != expected) {
      throw mismatch(wireId, type, in);
    }
    return new DecodePlan.Scalar(type);
  }

  private static GobException mismatch(int wireId, GobType declared, GobInput in) {
    return in.fault(
        "type mismatch: type " + wireId + " received for " + declared.getClass().getSimpleName());
  }
}
