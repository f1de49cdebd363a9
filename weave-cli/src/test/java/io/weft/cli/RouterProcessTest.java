package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RouterProcessTest {
  @ParameterizedTest
  @CsvSource({
    "'', 1, 1",
    "'', 2, 1",
    "'', 3, 1",
    "'', 4, 2",
    "'', 64, 4",
    "--workers=8, 2, 8",
    "--workers 3, 64, 3",
    "--workers=3 --workers=1, 64, 1",
    "--workers=nine, 64, 1",
    "--workers, 4, 2"
  })
  void countsTheWorkersThatTheRouterWillHave(String arguments, int processors, int workers) {
    assertEquals(workers, RouterProcess.workers(List.of(arguments.split(" ", -1)), processors));
  }

  @Test
  void oneWorkerHasTheMemoryOfTheRouterAndMoreHaveMore() {
    assertEquals(List.of(), RouterProcess.memory(1));
    assertEquals(List.of("-Xmx86m", "-XX:MaxDirectMemorySize=128m"), RouterProcess.memory(2));
    assertEquals(List.of("-Xmx138m", "-XX:MaxDirectMemorySize=280m"), RouterProcess.memory(4));
  }
}
