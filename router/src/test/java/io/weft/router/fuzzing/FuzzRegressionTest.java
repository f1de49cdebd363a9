package io.weft.router.fuzzing;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
    int kept = FuzzInputs.kept(target);
    assertTrue(kept > 0, "none of its own");
    assertEquals(kept + 1, FuzzInputs.replay(target), "all of them, and no bytes");
  }
}
