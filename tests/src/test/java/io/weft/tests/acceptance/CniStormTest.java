package io.weft.tests.acceptance;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@link CniStorm} with numbers that every build can afford. */
final class CniStormTest {
  private static final long SEED = 6;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  @Test
  void manyAttachmentsLeaveNothing() throws Exception {
    try (CniStorm storm = new CniStorm()) {
      storm.oneAfterTheOther(100);
      storm.allAtOnce(40);
    }
  }

  @Test
  void attachmentsKilledHalfWayLeaveNothing() throws Exception {
    try (CniStorm storm = new CniStorm()) {
      storm.killed(20, SEED);
    }
  }
}
