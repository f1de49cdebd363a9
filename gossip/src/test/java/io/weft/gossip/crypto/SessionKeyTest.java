package io.weft.gossip.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.TestVectors;
import java.security.InvalidKeyException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionKeyTest {
  private final JsonNode vector = TestVectors.json("session-key");

  @Test
  void derivesTheKeysOfTheVectorAtBothEnds() throws InvalidKeyException {
    byte[] privateA = field("privateA");
    byte[] privateB = field("privateB");
    assertArrayEquals(field("publicA"), SessionKey.publicKey(privateA));
    assertArrayEquals(field("publicB"), SessionKey.publicKey(privateB));
    for (JsonNode test : vector.get("cases")) {
      byte[] password = TestVectors.bytes(test.get("passwordHex").asText());
      byte[] expected = TestVectors.bytes(test.get("sessionKey").asText());
      assertArrayEquals(expected, SessionKey.derive(privateA, field("publicB"), password));
      assertArrayEquals(expected, SessionKey.derive(privateB, field("publicA"), password));
    }
  }

  @Test
  void refusesPublicKeysThatFixTheAgreement() {
    for (String lowOrder :
        List.of(
            "00".repeat(32),
            "01" + "00".repeat(31),
            "ec" + "ff".repeat(30) + "7f",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")) {
      byte[] key = TestVectors.bytes(lowOrder);
      assertThrows(
          InvalidKeyException.class,
          () -> SessionKey.derive(field("privateA"), key, new byte[] {'x'}));
    }
  }

  @Test
  void wipes() {
    byte[] key = field("privateA");
    SessionKey.wipe(key);
    assertArrayEquals(new byte[32], key);
  }

  private byte[] field(String name) {
    return TestVectors.bytes(vector.get(name).asText());
  }
}
