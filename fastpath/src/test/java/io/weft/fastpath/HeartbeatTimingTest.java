package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HeartbeatTimingTest {
  @ParameterizedTest
  @CsvSource({
    "v=1;heartbeat=1000;mtu=auto, true",
    "v=1;heartbeat=1000;mtu=auto;more=1, true",
    "v=1;heartbeat=1000;mtu=automatic, false",
    "v=1;heartbeat=1000, false",
    "mtu=auto, false",
  })
  void onlyTheWordItselfAnnouncesThatTheMtuMayRise(String announced, boolean isWide) {
    assertEquals(isWide, HeartbeatTiming.isWide(announced));
  }
}
