package io.weft.cni.plugin;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.fuzzing.FuzzInputs;
import org.junit.jupiter.api.Test;

final class FuzzRegressionTest {
  @Test
  void everyFindingKeepsThePromisesOfTheTarget() {
    assertTrue(FuzzInputs.kept(PluginCallFuzzTarget.class) > 0, "none of its own");
    assertTrue(FuzzInputs.replay(PluginCallFuzzTarget.class) > 3);
  }
}
