package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.fuzzing.FuzzInputs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FuzzRegressionTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        UserVxlanFuzzTarget.class,
        UnfinishedFrameFuzzTarget.class,
        FastdpControlFuzzTarget.class
      })
  void everyVectorAndEveryFindingKeepsThePromisesOfTheTarget(Class<?> target) {
    int kept = FuzzInputs.kept(target);
    assertTrue(kept > 0, "none of its own");
    assertTrue(FuzzInputs.replay(target) > kept + 1, "no vector");
  }
}
