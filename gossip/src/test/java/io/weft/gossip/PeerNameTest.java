package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PeerNameTest {
  @Test
  void acceptsAndRefusesTheTextsOfTheVector() {
    for (JsonNode test : TestVectors.json("peer-names-mac").get("cases")) {
      String input = test.get("input").asText();
      if (!test.get("ok").asBoolean()) {
        Exception refusal =
            assertThrows(IllegalArgumentException.class, () -> PeerName.parse(input), input);
        assertEquals(test.get("error").asText(), refusal.getMessage());
        continue;
      }
      PeerName name = PeerName.parse(input);
      assertEquals(test.get("canonical").asText(), name.toString());
      assertEquals(Long.parseUnsignedLong(test.get("uint").asText()), name.value());
      byte[] bytes = TestVectors.bytes(test.get("bytes").asText());
      assertArrayEquals(bytes, name.toBytes());
      assertEquals(name, PeerName.ofBytes(bytes));
    }
  }

  @Test
  void derivesTheNameOfAHost() {
    for (JsonNode test : TestVectors.json("peer-name-from-host-id").get("cases")) {
      byte[] machineId = test.get("machineIdFile").asText().getBytes(StandardCharsets.US_ASCII);
      byte[] uuid = test.get("productUuidFile").asText().getBytes(StandardCharsets.US_ASCII);
      assertEquals(test.get("name").asText(), PeerName.fromHostIds(machineId, uuid).toString());
    }
  }

  @Test
  void writesItsBytesIntoBuffers() {
    PeerName name = PeerName.parse("fe:dc:ba:98:76:54");
    ByteBuffer buffer = ByteBuffer.allocate(8).put((byte) 1);
    name.putInto(buffer);
    assertEquals(7, buffer.position());
    assertEquals(name, PeerName.ofBytes(buffer.array(), 1));
    assertThrows(IllegalArgumentException.class, () -> PeerName.ofBytes(new byte[7]));
    assertThrows(IndexOutOfBoundsException.class, () -> PeerName.ofBytes(new byte[7], 2));
  }
}
