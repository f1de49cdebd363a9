package io.weft.tests.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Meshes of the real cores through joins, leaves, crashes and partitions: after quiet they agree on
 * everything, and no address is ever held twice or lost. {@code make sim} runs many more seeds.
 */
final class SimulationTest {
  /** Held here, since loggers without a reference forget their level. */
  private static final Logger LOGGER = Logger.getLogger("io.weft");

  @BeforeAll
  static void silenceTheRouters() {
    LOGGER.setLevel(Level.OFF);
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 10);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void threeRoutersAgreeAfterEveryTrouble(long seed) {
    run(seed, 3);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void tenRoutersAgreeAfterEveryTrouble(long seed) {
    run(seed, 10);
  }

  @Test
  void fiftyRoutersAgreeAfterEveryTrouble() {
    run(1, 50);
  }

  @Test
  void aSeedGivesTheSameRunAgain() {
    assertEquals(run(11, 10), run(11, 10));
  }

  private static long run(long seed, int routers) {
    Simulation simulation = new Simulation(seed, routers);
    simulation.run();
    assertEquals(
        List.of(), simulation.violations(), () -> Campaign.report(seed, routers, simulation));
    return simulation.digest();
  }
}
