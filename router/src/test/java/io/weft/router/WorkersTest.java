package io.weft.router;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WorkersTest {
  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, true",
    "0, 2, 1, true",
    "0, 3, 1, false",
    "0, 4, 2, false",
    "0, 7, 3, false",
    "0, 8, 4, false",
    "0, 128, 4, false",
    "1, 8, 1, false",
    "8, 2, 8, true",
    "6, 128, 6, false"
  })
  void goByWhatIsAskedForAndElseByTheProcessors(
      int asked, int processors, int count, boolean together) {
    assertEquals(new Workers(count, together), Workers.of(asked, processors));
  }
}
