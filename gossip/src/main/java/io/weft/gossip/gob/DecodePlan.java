package io.weft.gossip.gob;

import org.jspecify.annotations.Nullable;

/** How values of a received type become values of a declared one; made once per pair. */
sealed interface DecodePlan {
  record Scalar(GobType type) implements DecodePlan {}

  record Slice(DecodePlan element) implements DecodePlan {}

  /** Rows of which every known field is an unsigned number. */
  record Table(Struct row) implements DecodePlan {}

  record Mapping(DecodePlan key, DecodePlan value) implements DecodePlan {}

  /** Field steps in the order of the received type. */
  record Struct(GobType.Struct type, Step[] steps) implements DecodePlan {}

  /**
   * What to do with one received field.
   *
   * @param target position in the declared struct, or -1 to skip
   * @param plan null to skip
   * @param wireType type id of what is skipped
   */
  record Step(int target, @Nullable DecodePlan plan, int wireType) {}
}
