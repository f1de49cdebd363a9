package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.fuzzing.FuzzInputs;
import org.junit.jupiter.api.Test;

/** Inputs that are known, without the fuzzer. */
final class KeyAgreementFuzzRegressionTest {
  @Test
  void everyVectorAndEveryFindingKeepsThePromisesOfTheTarget() {
    assertTrue(FuzzInputs.kept(KeyAgreementFuzzTarget.class) > 0, "none of its own");
    assertTrue(FuzzInputs.replay(KeyAgreementFuzzTarget.class) > 5);
  }
}
