package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FastdpFeatureTest {
  @ParameterizedTest
  @CsvSource({
    "v=1;heartbeat=1000;mtu=auto, true, false",
    "v=1;heartbeat=1000;mtu=auto;more=1, true, false",
    "v=1;heartbeat=1000;mtu=automatic, false, false",
    "v=1;heartbeat=1000;by=user, false, true",
    "v=1;heartbeat=1000;more=1;by=user;mtu=auto, true, true",
    "v=1;heartbeat=1000;by=users, false, false",
    "v=1;heartbeat=1000, false, false",
    "v=2;heartbeat=1000;by=user, false, false",
    "mtu=auto, false, false",
    ", false, false",
  })
  void onlyTheWordsThemselvesAnnounce(String announced, boolean isWide, boolean givesWay) {
    assertEquals(new FastdpFeature(isWide, givesWay), FastdpFeature.parse(announced));
  }

  @Test
  void whatIsAnnouncedIsUnderstood() {
    for (boolean isWide : new boolean[] {false, true}) {
      for (boolean givesWay : new boolean[] {false, true}) {
        FastdpFeature feature = new FastdpFeature(isWide, givesWay);
        assertEquals(feature, FastdpFeature.parse(feature.value()));
      }
    }
    assertEquals("v=1;heartbeat=1000", new FastdpFeature(false, false).value());
  }
}
