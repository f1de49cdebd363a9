package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.SimulatedRouter.Options;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is due while there is no room for another attempt (mesh.md 6.6, 9.3). */
class MeshLimitTest {
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final Pattern RETRY =
      Pattern.compile("(?:.*, retry|until): (1970-01-01 [0-9:.]*) \\+0000 UTC");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSSSSS", Locale.ROOT);

  private final ScriptedShell shell = new ScriptedShell(new Options(false, 2, false, List.of()));

  /** Wants peers, each by an address of its own. */
  private void connect(int... peers) {
    shell.mesh().connect(IntStream.of(peers).mapToObj(MeshLimitTest::target).toList(), false);
  }

  private static Target target(int peer) {
    return new Target("host" + peer, List.of(SimulatedNetwork.address(peer)), true);
  }

  private ConnectionStatus line(int peer) {
    String address = "10.0.0." + peer + ":6783";
    return shell.mesh().connections().stream()
        .filter(line -> line.address().equals(address))
        .findFirst()
        .orElseThrow();
  }

  /** How long from now on a target is put off, as its line says. */
  private Duration untilRetry(int peer) {
    Matcher matcher = RETRY.matcher(line(peer).info());
    assertTrue(matcher.matches(), line(peer).info());
    Instant at = LocalDateTime.parse(matcher.group(1), TIME).toInstant(ZoneOffset.UTC);
    return Duration.between(Instant.ofEpochMilli(shell.nowMillis()), at);
  }

  private void assertPutOff(int peer, ConnectionStatus.State state) {
    assertEquals(state, line(peer).state(), line(peer).info());
    assertFalse(untilRetry(peer).isNegative(), line(peer).info());
  }

  @Test
  void anAttemptThatTakesUpTheLastPlacePutsOffTheOthersWithoutAWordOfTheLimit() {
    shell.accept(7, 2, 22, 1);
    connect(3, 4);
    shell.run(Duration.ofSeconds(30));
    assertEquals(List.of(SimulatedNetwork.address(3)), List.copyOf(shell.dialled().values()));
    assertPutOff(4, ConnectionStatus.State.WAITING);
  }

  @Test
  void whatTheLimitHasKeptBackDoesNotClaimSoAnyLongerWhenAnAttemptTakesUpTheRoom() {
    shell.accept(7, 2, 22, 1);
    shell.accept(8, 5, 55, 2);
    connect(3, 4);
    shell.run(Duration.ofMinutes(30));
    for (int peer : List.of(3, 4)) {
      assertPutOff(peer, ConnectionStatus.State.FAILED);
      assertTrue(line(peer).info().startsWith("Connection limit reached (2), retry: "));
    }
    shell.mesh().onClosed(8, "gone");
    shell.run(Duration.ofSeconds(30));
    assertEquals(List.of(SimulatedNetwork.address(3)), List.copyOf(shell.dialled().values()));
    assertPutOff(4, ConnectionStatus.State.WAITING);
    shell.mesh().onDialFailed(shell.dialled().keySet().iterator().next(), "connection refused");
    shell.run(Duration.ofMillis(100));
    assertEquals(
        List.of(SimulatedNetwork.address(3), SimulatedNetwork.address(4)),
        List.copyOf(shell.dialled().values()),
        "whoever has been due for longest is next");
    shell.run(Duration.ofSeconds(30));
    assertPutOff(3, ConnectionStatus.State.FAILED);
    assertTrue(line(3).info().startsWith("connection refused, retry: "), line(3).info());
  }

  @Test
  void attemptsPutOffTheOthersWhenThereAreAsManyAsMayBeUnderWay() {
    ScriptedShell unlimited = new ScriptedShell(Options.NO_DISCOVERY);
    List<Target> many =
        IntStream.rangeClosed(2, MeshConstants.MAX_DIALS + 2)
            .mapToObj(MeshLimitTest::target)
            .toList();
    unlimited.mesh().connect(many, false);
    unlimited.run(Duration.ofSeconds(30));
    List<String> waiting =
        unlimited.mesh().connections().stream()
            .filter(line -> line.state() == ConnectionStatus.State.WAITING)
            .map(ConnectionStatus::info)
            .toList();
    assertEquals(1, waiting.size());
    assertTrue(waiting.getFirst().compareTo("until: 1970-01-01 00:00:30") > 0, waiting.getFirst());
  }

  @Test
  void allThatTheLimitKeepsBackIsPutOffToOneMomentFurtherAndFurtherAway() {
    shell.accept(7, 2, 22, 1);
    shell.accept(8, 5, 55, 2);
    connect(3);
    shell.run(Duration.ofHours(2));
    Duration longest = Duration.ZERO;
    for (int i = 0; i < 100; i++) {
      shell.run(SOON);
      longest = longest.compareTo(untilRetry(3)) > 0 ? longest : untilRetry(3);
    }
    assertTrue(longest.compareTo(Duration.ofSeconds(60)) > 0, longest.toString());
    connect(4);
    shell.run(Duration.ofMillis(100));
    assertEquals(untilRetry(3), untilRetry(4));
  }

  @Test
  void connectAtTheLimitIsTriedAgainWithinThreeSecondsHoweverLongItHasBeenReached() {
    shell.accept(7, 2, 22, 1);
    shell.accept(8, 5, 55, 2);
    connect(3);
    for (int i = 0; i < 20; i++) {
      shell.run(Duration.ofMinutes(7));
      connect(4);
      shell.run(Duration.ofMillis(100));
      assertPutOff(4, ConnectionStatus.State.FAILED);
      assertTrue(untilRetry(4).compareTo(Duration.ofSeconds(3)) < 0, line(4).info());
    }
    assertEquals(0, shell.dialled().size());
  }
}
