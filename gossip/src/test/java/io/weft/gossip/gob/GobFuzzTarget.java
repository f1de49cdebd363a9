package io.weft.gossip.gob;

import java.util.ArrayList;
import java.util.List;

/**
 * Gob streams as each schema in use reads them: a stream is refused, or what it says survives being
 * written and read again.
 */
public final class GobFuzzTarget {
  private static final List<GobType> SCHEMAS =
      List.of(
          GobSamples.PEER,
          GobSamples.CONNECTIONS,
          GobSamples.FEATURES,
          GobSamples.RANGE,
          GobSamples.DNS,
          GobSamples.ipamState("main"),
          GobType.STRING,
          GobType.BYTES,
          GobType.UINT64);

  private GobFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    for (GobType schema : SCHEMAS) {
      List<GobValue> values = valuesIn(schema, input);
      if (!values.isEmpty()) {
        GobWriter writer = new GobWriter();
        values.forEach(value -> writer.write(schema, value));
        List<GobValue> again = valuesIn(schema, writer.toBytes());
        if (!again.equals(values)) {
          throw new AssertionError(values + " became " + again);
        }
      }
    }
  }

  /** What can be read before the first fault. */
  private static List<GobValue> valuesIn(GobType schema, byte[] input) {
    List<GobValue> values = new ArrayList<>();
    GobReader reader = new GobReader(input);
    try {
      while (!reader.atEnd()) {
        values.add(reader.read(schema));
      }
    } catch (GobException e) {
      if (e.position() < 0 || e.position() > input.length) {
        throw new AssertionError("a fault outside the stream", e);
      }
    }
    return values;
  }
}
