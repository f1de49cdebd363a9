package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EspSetupTest {
  /** Mesh tag, index of the overlay and sub-tag, which are not ours to read. */
  private static final int PREFIX_BYTES = 3;

  @ParameterizedTest
  @ValueSource(strings = {"ctl-fastdp-initsa-fromA", "ctl-fastdp-initsa-fromB"})
  void isTheMessageAndTheKeyOfTheVector(String vector) throws IOException {
    byte[] message = Vectors.bytes(vector);
    byte[] body = Arrays.copyOfRange(message, PREFIX_BYTES, message.length);
    byte[] nonce = field(vector, "nonce");
    int spi = (int) Long.parseLong(text(vector, "spi"), 16);

    EspSetup read = EspSetup.parse(body).orElseThrow();
    assertArrayEquals(nonce, read.nonce());
    assertEquals(spi, read.spi());
    assertArrayEquals(body, new EspSetup(nonce, spi).encode());
    assertEquals(FastdpProtocol.CONTROL_ESP_SETUP, message[2]);

    byte[] key =
        EspKeys.derive(
            field(vector, "sessionKey"), read.nonce(), PeerName.parse(text(vector, "sender")));
    assertArrayEquals(field(vector, "derived36"), key);
    assertArrayEquals(field(vector, "aes256Key"), Arrays.copyOf(key, 32));
    assertArrayEquals(field(vector, "rfc4106Salt"), Arrays.copyOfRange(key, 32, 36));
  }

  @Test
  void derivesTheKeyOfTheMeshPage() throws IOException {
    String vector = "fastdp-esp-key";
    byte[] key =
        EspKeys.derive(
            field(vector, "sessionKey"),
            field(vector, "salt"),
            PeerName.parse(text(vector, "receiverName")));
    assertArrayEquals(field(vector, "okm"), key);
    assertArrayEquals(field(vector, "aesKey"), Arrays.copyOf(key, 32));
    assertArrayEquals(field(vector, "espSalt"), Arrays.copyOfRange(key, 32, 36));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 36, 63, 65})
  void refusesOtherLengths(int bytes) {
    byte[] message = new byte[bytes];
    Arrays.fill(message, (byte) 0x55);
    assertTrue(EspSetup.parse(message).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 255})
  void refusesNumbersThatStandForNoAssociation(int spi) {
    assertTrue(EspSetup.parse(new EspSetup(new byte[32], spi).encode()).isEmpty());
  }

  private static byte[] field(String vector, String name) throws IOException {
    return HexFormat.of().parseHex(text(vector, name));
  }

  private static String text(String vector, String name) throws IOException {
    Matcher matcher =
        Pattern.compile("\"" + name + "\": \"([^\"]+)\"").matcher(Vectors.text(vector + ".json"));
    assertTrue(matcher.find(), name);
    return matcher.group(1);
  }
}
