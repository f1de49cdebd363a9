package io.weft.gossip.gob;

import java.util.List;

/**
 * A type as a stream defines it (mesh.md 4.2); names of types carry no meaning and are not kept.
 */
sealed interface WireType {
  record Array(int element, int length) implements WireType {}

  record Slice(int element) implements WireType {}

  record Mapping(int key, int value) implements WireType {}

  record Struct(List<Field> fields) implements WireType {}

  record Field(String name, int type) {}
}
