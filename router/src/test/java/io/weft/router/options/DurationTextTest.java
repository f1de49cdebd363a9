package io.weft.router.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
  private static Duration parse(String text) {
    return DurationText.parse(text, Duration.ofSeconds(1), Duration.ofHours(1));
  }

  @ParameterizedTest
  @CsvSource({"1,1000", "30s,30000", "1m30s,90000", "1h,3600000", "1500ms,1500", "0h1m,60000"})
  void readsSecondsAndWhatGoProgramsWrite(String text, long millis) {
    assertEquals(Duration.ofMillis(millis), parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "-1",
        "s",
        "1x",
        "1 s",
        "s1",
        "1s1",
        "1.5s",
        "999ms",
        "1h1ms",
        "9999999999"
      })
  void refusesTheRest(String text) {
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> parse(text)).getMessage());
    assertTrue(message.startsWith('"' + text + '"'), message);
  }

  @Test
  void saysWhatIsAccepted() {
    assertEquals(
        "\"soon\" is no duration from 1 s to 3600 s, written as 90 or 1m30s",
        assertThrows(IllegalArgumentException.class, () -> parse("soon")).getMessage());
  }
}
