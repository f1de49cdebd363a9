package io.weft.gossip.fuzzing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.gob.GobFuzzTarget;
import io.weft.gossip.topology.DeltaFuzzTarget;
import io.weft.gossip.topology.TopologyFuzzTarget;
import io.weft.gossip.wire.HandshakeFuzzTarget;
import io.weft.gossip.wire.MessageFuzzTarget;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FuzzRegressionTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        GobFuzzTarget.class,
        MessageFuzzTarget.class,
        HandshakeFuzzTarget.class,
        TopologyFuzzTarget.class,
        DeltaFuzzTarget.class
      })
  void everyVectorAndEveryFindingKeepsThePromisesOfTheTarget(Class<?> target) {
    assertTrue(FuzzInputs.replay(target) > 20);
  }
}
