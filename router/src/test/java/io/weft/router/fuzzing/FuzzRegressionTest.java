package io.weft.router.fuzzing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.fuzzing.FuzzInputs;
import io.weft.router.http.RequestPathFuzzTarget;
import io.weft.router.state.BoltFileFuzzTarget;
import io.weft.router.state.StoredStateFuzzTarget;
import io.weft.router.template.TemplateFuzzTarget;
import io.weft.router.trace.TraceMessageFuzzTarget;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FuzzRegressionTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        BoltFileFuzzTarget.class,
        StoredStateFuzzTarget.class,
        TemplateFuzzTarget.class,
        TraceMessageFuzzTarget.class,
        RequestPathFuzzTarget.class
      })
  void everyFindingKeepsThePromisesOfTheTarget(Class<?> target) {
    assertTrue(FuzzInputs.kept(target) > 0, "none of its own");
    assertTrue(FuzzInputs.replay(target) > 1);
  }
}
