package io.weft.gossip.gob;

import static io.weft.gossip.gob.GobType.field;
import static io.weft.gossip.gob.GobType.slice;
import static io.weft.gossip.gob.GobType.struct;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What is read row by row is what is read at once. */
final class GobRowsTest {
  private static final GobType.Struct ROW =
      struct(
          "Row",
          field("Flag", GobType.BOOL),
          field("Raw", GobType.BYTES),
          field("Text", GobType.STRING),
          field("Plus", GobType.UINT32),
          field("Minus", new GobType.Int(16)));
  private static final GobType.Slice ROWS = slice("rows", ROW);

  @Test
  void readsWhatReadingAtOnceReads() throws GobException {
    long seed = Long.getLong("weft.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    List<GobValue> sent = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] raw = new byte[random.nextInt(300)];
      random.nextBytes(raw);
      sent.add(
          GobStruct.builder(ROW)
              .bool("Flag", random.nextBoolean())
              .bytes("Raw", raw)
              .text("Text", "\u4e2d".repeat(random.nextInt(100)))
              .uint("Plus", random.nextBoolean() ? 0 : random.nextLong(1L << 32))
              .integer("Minus", random.nextInt(-32_768, 32_768))
              .build());
    }
    byte[] bytes = new GobWriter().write(ROWS, new GobValue.Slice(sent)).toBytes();
    List<GobValue> read = new ArrayList<>();
    new GobReader(bytes)
        .readRows(
            ROWS,
            sent.size(),
            row ->
                read.add(
                    GobStruct.builder(ROW)
                        .bool("Flag", row.bool(0))
                        .bytes(
                            "Raw",
                            Arrays.copyOfRange(
                                row.data(), row.offset(1), row.offset(1) + row.length(1)))
                        .text("Text", row.text(2))
                        .uint("Plus", row.number(3))
                        .integer("Minus", row.number(4))
                        .build()));
    assertEquals(sent, read, "-Dweft.seed=" + seed);
    assertEquals(sent, new GobReader(bytes).readSlice(ROWS), "-Dweft.seed=" + seed);
  }

  @Test
  void passesOverFieldsThatAreNotDeclared() throws GobException {
    GobType.Struct known = struct("Row", field("Text", GobType.STRING));
    GobStruct sent = GobStruct.builder(ROW).uint("Plus", 9).text("Text", "x").build();
    byte[] bytes = new GobWriter().write(ROWS, new GobValue.Slice(List.of(sent))).toBytes();
    List<String> texts = new ArrayList<>();
    new GobReader(bytes).readRows(slice("rows", known), 1, row -> texts.add(row.text(0)));
    assertEquals(List.of("x"), texts);
  }

  @Test
  void refusesTooManyAndWhatDoesNotFit() {
    GobStruct one = GobStruct.builder(ROW).bool("Flag", true).build();
    byte[] two = new GobWriter().write(ROWS, new GobValue.Slice(List.of(one, one))).toBytes();
    fails(two, 1, "more than 1 elements");
    GobType.Struct wide = struct("Row", field("Plus", GobType.UINT64));
    GobStruct large = GobStruct.builder(wide).uint("Plus", 1L << 32).build();
    GobValue.Slice one64 = new GobValue.Slice(List.of(large));
    fails(new GobWriter().write(slice("rows", wide), one64).toBytes(), 1, "exceeds 32 bits");
    GobType.Struct other = struct("Row", field("Text", GobType.BYTES));
    GobStruct raw = GobStruct.builder(other).bytes("Text", new byte[1]).build();
    GobValue.Slice kinds = new GobValue.Slice(List.of(raw));
    fails(new GobWriter().write(slice("rows", other), kinds).toBytes(), 1, "type mismatch");
    for (int length = 1; length < two.length; length++) {
      byte[] cut = Arrays.copyOf(two, length);
      assertThrows(GobException.class, () -> new GobReader(cut).readRows(ROWS, 2, row -> {}));
    }
  }

  private static void fails(byte[] bytes, int limit, String reason) {
    GobException fault =
        assertThrows(
            GobException.class, () -> new GobReader(bytes).readRows(ROWS, limit, row -> {}));
    assertTrue(String.valueOf(fault.getMessage()).contains(reason), fault.getMessage());
  }
}
