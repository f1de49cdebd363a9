package io.weft.gossip.gob;

import static io.weft.gossip.gob.GobType.field;
import static io.weft.gossip.gob.GobType.slice;
import static io.weft.gossip.gob.GobType.struct;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.TestVectors;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class GobReaderTest {
  private static final GobType.Struct POINT =
      struct("Point", field("X", GobType.UINT64), field("Y", GobType.UINT64));

  @Test
  void skipsFieldsItDoesNotKnow() throws GobException {
    GobType.Struct rich =
        struct(
            "Point",
            field("Note", GobType.STRING),
            field("X", GobType.UINT64),
            field("Raw", GobType.BYTES),
            field("Tags", GobType.map("", GobType.STRING, slice("", POINT))),
            field("Y", GobType.UINT64),
            field("Weight", GobType.FLOAT));
    GobStruct inner = GobStruct.builder(POINT).uint("Y", 300).build();
    GobStruct sent =
        GobStruct.builder(rich)
            .text("Note", "n")
            .uint("X", 7)
            .bytes("Raw", new byte[] {1, 2, 3})
            .map(
                "Tags",
                List.of(
                    new GobValue.Entry(
                        GobValue.text("k"), new GobValue.Slice(List.of(inner, inner)))))
            .uint("Y", -1)
            .set("Weight", new GobValue.Real(1.5))
            .build();
    GobStruct read = new GobReader(new GobWriter().write(sent).toBytes()).readStruct(POINT);
    assertEquals(7, read.uint("X"));
    assertEquals(-1, read.uint("Y"));
  }

  @Test
  void refusesAStructOfWhichItKnowsNoField() {
    GobType.Struct other = struct("Point", field("x", GobType.UINT64));
    byte[] stream = new GobWriter().write(GobStruct.builder(other).uint("x", 1).build()).toBytes();
    fails(stream, POINT, "no fields matched");
  }

  @Test
  void refusesAFieldOfAnotherKindEvenWhenItIsAbsent() {
    for (GobType kind :
        List.of(
            GobType.INT64,
            GobType.STRING,
            GobType.BYTES,
            GobType.BOOL,
            slice("", GobType.UINT64),
            GobType.map("", GobType.UINT64, GobType.UINT64))) {
      GobType.Struct other = struct("P", field("X", kind), field("Y", GobType.UINT64));
      byte[] stream =
          new GobWriter().write(GobStruct.builder(other).uint("Y", 1).build()).toBytes();
      fails(stream, POINT, "type mismatch");
    }
  }

  @Test
  void refusesNumbersThatDoNotFitTheDeclaredWidth() throws GobException {
    byte[] large = new GobWriter().writeUint(65_536).toBytes();
    assertEquals(65_536, new GobReader(large).readUint(17));
    fails(large, GobType.UINT16, "exceeds 16 bits");
    byte[] negative = new GobWriter().write(GobType.INT64, new GobValue.Int(-129)).toBytes();
    fails(negative, new GobType.Int(8), "exceeds 8 bits");
    assertEquals(new GobValue.Int(-129), new GobReader(negative).read(new GobType.Int(9)));
  }

  @Test
  void refusesATypeDefinedTwice() {
    byte[] definition = new GobWriter().define(POINT).toBytes();
    byte[] stream = concat(definition, definition);
    fails(stream, POINT, "duplicate definition of type 65");
  }

  @Test
  void refusesAFieldDefinedTwice() {
    byte[] stream = new GobWriter().write(GobStruct.builder(POINT).uint("X", 1).build()).toBytes();
    for (int i = 0; i < stream.length; i++) {
      stream[i] = stream[i] == 'Y' ? (byte) 'X' : stream[i];
    }
    fails(stream, POINT, "field X defined twice");
  }

  @Test
  void acceptsDefinitionsInAnyOrder() throws GobException {
    GobType.Slice points = slice("", POINT);
    byte[] usual = new GobWriter().define(points).toBytes();
    int first = usual[0] + 1;
    byte[] swapped =
        concat(Arrays.copyOfRange(usual, first, usual.length), Arrays.copyOf(usual, first));
    GobWriter writer = new GobWriter().define(points);
    writer.take();
    byte[] value =
        writer
            .write(
                points, new GobValue.Slice(List.of(GobStruct.builder(POINT).uint("X", 5).build())))
            .take();
    GobStruct read = new GobReader(concat(swapped, value)).readSlice(points).getFirst().asStruct();
    assertEquals(5, read.uint("X"));
  }

  @Test
  void refusesValuesOfTypesNeverDefined() {
    fails(TestVectors.bytes("03ff820000"), POINT, "type mismatch");
    fails(TestVectors.bytes("020000"), GobType.UINT64, "value of type 0");
    // A field that is skipped, of an undefined type 99.
    fails(
        TestVectors.bytes(
            "1cff81030101015001ff8200010201015801060001015a01ffc6000000" + "07ff820103010000"),
        POINT,
        "undefined type 99");
  }

  @Test
  void boundsCountsByTheBytesThatRemain() {
    // A slice that announces 2^31 elements in a message of a few bytes.
    GobType.Slice numbers = slice("", GobType.UINT64);
    byte[] definition = new GobWriter().define(numbers).toBytes();
    fails(concat(definition, TestVectors.bytes("08ff8200fc80000000")), numbers, "exceeds");
    fails(TestVectors.bytes("0b0c00f8ffffffffffffffff"), GobType.STRING, "exceeds");
    fails(TestVectors.bytes("ff800c"), GobType.STRING, "exceeds");
  }

  @Test
  void boundsTheElementsOfOneValue() {
    GobType.Slice numbers = slice("", GobType.UINT64);
    List<GobValue> zeros = Collections.nCopies(GobLimits.MAX_ELEMENTS + 1, GobValue.uint(0));
    byte[] stream = new GobWriter().write(numbers, new GobValue.Slice(zeros)).toBytes();
    fails(stream, numbers, "more than 100000 elements");
  }

  @Test
  void boundsTheNumberOfDefinitions() {
    GobWriter writer = new GobWriter();
    for (int i = 0; i <= GobLimits.MAX_TYPES; i++) {
      writer.define(slice("t" + i, GobType.UINT64));
    }
    fails(writer.toBytes(), GobType.UINT64, "more than 64 type definitions");
  }

  @Test
  void boundsTheNestingOfWhatItSkips() {
    // struct 65 { X uint; Z struct 65 }: a type that contains itself, nested without end.
    byte[] definition =
        TestVectors.bytes("1cff81030101015001ff820001020101580106000101" + "5a01ff82000000");
    byte[] value = new byte[100];
    Arrays.fill(value, (byte) 2);
    value[0] = 99;
    value[1] = (byte) 0xff;
    value[2] = (byte) 0x82;
    fails(concat(definition, value), POINT, "nesting deeper than 16");
  }

  @Test
  void refusesBytesLeftOverInsideAMessage() {
    fails(TestVectors.bytes("0406000101"), GobType.UINT64, "extra data");
    fails(TestVectors.bytes("020600"), GobType.UINT64, "unexpected end");
    fails(TestVectors.bytes("00"), GobType.UINT64, "unexpected end");
    fails(new byte[0], GobType.UINT64, "unexpected end");
  }

  @Test
  void goesOnWithTheSameTypesInTheNextPiece() throws GobException {
    GobWriter writer = new GobWriter();
    GobReader reader = new GobReader(new byte[0]);
    for (int i = 1; i < 4; i++) {
      byte[] piece = writer.write(GobStruct.builder(POINT).uint("X", i).build()).take();
      reader.continueWith(piece, 0, piece.length);
      assertEquals(i, reader.readStruct(POINT).uint("X"));
      assertTrue(reader.atEnd());
    }
  }

  @Test
  void writesNoValueOfAnotherType() {
    GobWriter writer = new GobWriter();
    assertThrows(
        IllegalArgumentException.class, () -> writer.write(GobType.UINT64, new GobValue.Int(1)));
    assertThrows(IllegalArgumentException.class, () -> GobStruct.builder(POINT).uint("Z", 1));
    assertThrows(IllegalArgumentException.class, () -> new GobWriter(64));
    byte[] raw = {1, 2};
    assertArrayEquals(
        raw, GobStruct.builder(GobSamples.PEER).bytes("NameByte", raw).build().bytes("NameByte"));
  }

  private static void fails(byte[] stream, GobType type, String problem) {
    GobException fault = assertThrows(GobException.class, () -> new GobReader(stream).read(type));
    assertTrue(String.valueOf(fault.getMessage()).contains(problem), fault::getMessage);
    assertTrue(fault.position() >= 0 && fault.position() <= stream.length);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }
}
