package io.weft.tests.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Meshes of the real cores through joins, leaves, crashes and partitions: after quiet they agree on
 * everything, and no address is ever held twice or lost.
 *
 * <p>{@code -Dweft.seed=N} repeats one run, {@code -Dweft.seeds=COUNT} runs more of them.
 */
final class SimulationTest {
  private static final int ROUTERS = 50;
  private static final int FULL_MESH_ROUTERS = 10;
  private static final long FIRST_SEED = 1;

  /** Held here, since loggers without a reference forget their level. */
  private static final Logger LOGGER = Logger.getLogger("io.weft");

  @BeforeAll
  static void silenceTheRouters() {
    LOGGER.setLevel(Level.OFF);
  }

  static LongStream seeds() {
    Long one = Long.getLong("weft.seed");
    return one != null
        ? LongStream.of(one)
        : LongStream.range(FIRST_SEED, FIRST_SEED + Long.getLong("weft.seeds", 1));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void fiftyRoutersAgreeAfterEveryTrouble(long seed) {
    run(seed, ROUTERS, false);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void routersThatDiscoverEachOtherAndSealEverythingAgreeToo(long seed) {
    run(seed, FULL_MESH_ROUTERS, true);
  }

  @Test
  void aSeedGivesTheSameRunAgain() {
    long seed = Long.getLong("weft.seed", FIRST_SEED);
    assertEquals(run(seed, FULL_MESH_ROUTERS, false), run(seed, FULL_MESH_ROUTERS, false));
  }

  private static long run(long seed, int routers, boolean fullMesh) {
    Simulation simulation = new Simulation(seed, routers, fullMesh);
    String replay = "-Dweft.seed=%d with %d routers".formatted(seed, routers);
    try {
      simulation.run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(replay + ": " + simulation.summary(), e);
    }
    System.out.println(replay + ": " + simulation.summary());
    return simulation.digest();
  }
}
