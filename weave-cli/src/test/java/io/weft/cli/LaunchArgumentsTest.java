package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.cli.LaunchFlag.Standing;
import io.weft.router.options.RouterOptions;
import io.weft.router.options.UsageException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaunchArgumentsTest {

  private static LaunchArguments parse(String... arguments) {
    return LaunchArguments.parse(List.of(arguments));
  }

  @Test
  void sortsFlagsAndPeersAndWritesThemInOneSpelling() {
    LaunchArguments launch =
        parse("--port", "7000", "hostA", "--no-discovery", "--iprange=10.2.0.0/16", "hostB:7000");

    assertEquals(
        List.of(
            "--port=7000", "--no-discovery", "--ipalloc-range=10.2.0.0/16", "hostA", "hostB:7000"),
        launch.forRouter());
  }

  @Test
  void keepsThePasswordOffTheCommandLineOfTheRouter() {
    for (List<String> spelling :
        List.of(
            List.of("--password", "s3cret"),
            List.of("--password=s3cret"),
            List.of("-password", "s3cret"))) {
      LaunchArguments launch = LaunchArguments.parse(spelling);

      assertEquals("s3cret", launch.value("password"));
      assertEquals(List.of(), launch.forRouter());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--awsvpc,--awsvpc is not supported yet",
    "--plugin=true,--plugin is not supported yet",
    "-H=tcp://0.0.0.0:1,-H is not supported yet",
    "--dns-domain=x.,--dns-domain is not supported yet: there is no DNS",
    "--dns-ttl,--dns-ttl needs a value",
    "--no-dns=false,--no-dns=false is not supported yet",
    "--no-such,unknown flag --no-such",
    "-port,unknown flag -port",
    "--port,--port needs a value",
    "--resume=perhaps,--resume is true or false",
  })
  void refusesByNameAndSaysWhatIsAccepted(String argument, String reason) {
    CommandFailure refusal = assertThrows(CommandFailure.class, () -> parse(argument));

    assertEquals(2, refusal.exitCode());
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.startsWith(reason), message);
    assertTrue(message.contains("--ipalloc-range"), message);
  }

  /** Values may be wrong, as "x" mostly is, but the flags must not be. */
  @Test
  void handsOnlyFlagsToTheRouterThatItKnows() {
    List<LaunchFlag> handedOver =
        LaunchFlags.accepted().filter(flag -> flag.standing() == Standing.ROUTER).toList();
    assertFalse(handedOver.isEmpty());
    for (LaunchFlag flag : handedOver) {
      String argument = flag.spelling() + (flag.kind() == LaunchFlag.Kind.VALUE ? "=x" : "");
      try {
        assertNotNull(RouterOptions.parse(parse(argument).forRouter(), Map.of()));
      } catch (UsageException e) {
        assertEquals(1, e.exitCode(), String.valueOf(e.getMessage()));
      }
    }
  }

  @Test
  void acceptsWhatAsksForNothing() {
    assertEquals(
        List.of("a"), parse("--plugin=false", "--no-dns", "--docker-api=", "a").forRouter());
  }

  @Test
  void takesEverythingAfterTwoDashesAsPeers() {
    assertEquals(List.of("--resume"), parse("--", "--resume").peers());
  }

  @Test
  void turnsASwitchOff() {
    assertEquals(List.of(), parse("--resume=false").forRouter());
  }

  @Test
  void takesDefaultsFromTheEnvironmentUnlessAFlagSaysOtherwise() {
    Map<String, String> environment =
        Map.of("WEAVE_PORT", "7000", "WEAVE_NO_FASTDP", "yes", "WEAVE_MTU", "");

    assertEquals(List.of("--port=7000", "--no-fastdp"), parse().with(environment).forRouter());
    assertEquals(
        List.of("--port=8000", "--no-fastdp"), parse("--port=8000").with(environment).forRouter());
    assertFalse(parse("--no-fastdp=false").with(environment).isOn("no-fastdp"));
  }

  @Test
  void takesADefaultOfThisHostUnlessAFlagOrTheEnvironmentSaysOtherwise() {
    Map<String, String> environment = Map.of("DOCKER_BRIDGE", "br0");

    assertEquals("docker0", launched(Map.of(), "docker0"));
    assertEquals("br0", launched(environment, "docker0"));
    assertEquals("", launched(environment, "docker0", "--docker-bridge="));
    assertNull(launched(Map.of(), ""));
  }

  private static @Nullable String launched(
      Map<String, String> environment, String bridge, String... arguments) {
    return parse(arguments)
        .with(environment)
        .withDefault("docker-bridge", bridge)
        .value("docker-bridge");
  }
}
