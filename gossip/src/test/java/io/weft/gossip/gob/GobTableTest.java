package io.weft.gossip.gob;

import static io.weft.gossip.gob.GobType.field;
import static io.weft.gossip.gob.GobType.slice;
import static io.weft.gossip.gob.GobType.struct;
import static io.weft.gossip.gob.GobType.table;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A table is a slice of structs to everybody else. */
class GobTableTest {
  private static final GobType.Struct ROW =
      struct("Row", field("A", GobType.UINT64), field("B", GobType.UINT32));
  private static final GobType.Struct WITH_TABLE = struct("T", field("Rows", table("rows", ROW)));
  private static final GobType.Struct WITH_SLICE = struct("T", field("Rows", slice("rows", ROW)));
  private static final long[] CELLS = {1, 2, 0, 0, -1, 0, 0, 0xffff_ffffL};

  @Test
  void writesTheBytesOfASliceOfStructs() throws GobException {
    List<GobValue> structs = new ArrayList<>();
    for (int i = 0; i < CELLS.length; i += 2) {
      structs.add(GobStruct.builder(ROW).uint("A", CELLS[i]).uint("B", CELLS[i + 1]).build());
    }
    byte[] asSlice =
        new GobWriter()
            .write(GobStruct.builder(WITH_SLICE).slice("Rows", structs).build())
            .toBytes();
    byte[] asTable =
        new GobWriter().write(GobStruct.builder(WITH_TABLE).table("Rows", CELLS).build()).toBytes();
    assertArrayEquals(asSlice, asTable);
    assertEquals(structs, new GobReader(asTable).readStruct(WITH_SLICE).slice("Rows"));
    assertArrayEquals(CELLS, new GobReader(asSlice).readStruct(WITH_TABLE).table("Rows"));
  }

  @Test
  void passesOverFieldsThatAreNotDeclared() throws GobException {
    GobType.Struct rich =
        struct(
            "Row",
            field("Note", GobType.STRING),
            field("B", GobType.UINT32),
            field("More", slice("", GobType.UINT8)),
            field("A", GobType.UINT64));
    GobStruct row =
        GobStruct.builder(rich)
            .text("Note", "n")
            .uint("B", 4)
            .slice("More", List.of(GobValue.uint(9)))
            .uint("A", 3)
            .build();
    GobType.Struct sent = struct("T", field("Rows", slice("rows", rich)));
    byte[] bytes =
        new GobWriter()
            .write(GobStruct.builder(sent).slice("Rows", List.of(row, row)).build())
            .toBytes();
    long[] read = new GobReader(bytes).readStruct(WITH_TABLE).table("Rows");
    assertArrayEquals(new long[] {3, 4, 3, 4}, read);
  }

  @Test
  void refusesNumbersThatAreTooWideAndOtherKinds() {
    GobType.Struct wide = struct("Row", field("A", GobType.UINT64), field("B", GobType.UINT64));
    GobStruct row = GobStruct.builder(wide).uint("B", 1L << 32).build();
    fails(slice("rows", wide), new GobValue.Slice(List.of(row)), "exceeds 32 bits");
    GobType.Struct texts = struct("Row", field("A", GobType.STRING));
    GobStruct text = GobStruct.builder(texts).text("A", "x").build();
    fails(slice("rows", texts), new GobValue.Slice(List.of(text)), "type mismatch");
    fails(
        slice("rows", GobType.UINT64),
        new GobValue.Slice(List.of(GobValue.uint(1))),
        "type mismatch");
    assertThrows(IllegalArgumentException.class, () -> table("rows", texts));
  }

  private static void fails(GobType rows, GobValue value, String reason) {
    GobType.Struct sent = struct("T", field("Rows", rows));
    byte[] bytes =
        new GobWriter().write(GobStruct.builder(sent).set("Rows", value).build()).toBytes();
    GobException fault =
        assertThrows(GobException.class, () -> new GobReader(bytes).readStruct(WITH_TABLE));
    assertTrue(String.valueOf(fault.getMessage()).contains(reason), fault.getMessage());
  }
}
