package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.fuzzing.FuzzInputs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FuzzRegressionTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        PeerMessageFuzzTarget.class,
        TakeoverFuzzTarget.class,
        PersistedStateFuzzTarget.class,
        AddressTextFuzzTarget.class
      })
  void everyVectorAndEveryFindingKeepsThePromisesOfTheTarget(Class<?> target) {
    assertTrue(FuzzInputs.replay(target) > 20);
  }
}
