package io.weft.router.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.ipam.BootstrapMode;
import io.weft.router.host.HostFiles;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RouterOptionsTest {
  @Test
  void hasTheDefaultsOfThePage() throws Exception {
    RouterOptions options = parse();
    assertEquals(6783, options.port());
    assertEquals("0.0.0.0", options.host());
    assertEquals("10.32.0.0/12", String.valueOf(options.range()));
    assertFalse(options.rangeGiven());
    assertEquals(options.range(), options.defaultSubnet());
    assertEquals(new BootstrapMode.Consensus(0), options.initMode());
    assertTrue(options.discovery());
    assertEquals(200, options.connectionLimit());
    assertEquals("weave", options.bridge());
    assertEquals("/127.0.0.1:6784", String.valueOf(options.httpAddress()));
    assertEquals("/127.0.0.1:6782", String.valueOf(options.statusAddress()));
    assertEquals("/var/lib/weave/weave", options.statePrefix());
    assertNull(options.password());
  }

  @Test
  void takesValuesAfterABlankOrAnEqualsSignAndEverythingElseAsPeers() throws Exception {
    RouterOptions options =
        parse("host1", "--port=7000", "--name", "::1", "--no-discovery", "host2:99");
    assertEquals(7000, options.port());
    assertEquals(new PeerName(1), options.name());
    assertFalse(options.discovery());
    assertEquals(List.of("host1", "host2:99"), options.peers());
    assertTrue(parse("--no-discovery=false", "--no-fastdp").discovery());
    assertEquals(List.of("--port"), parse("--", "--port").peers());
  }

  @Test
  void takesThePasswordFromAFlagOrTheEnvironmentAndNeverShowsIt() throws Exception {
    RouterOptions options = RouterOptions.parse(List.of(), Map.of("WEAVE_PASSWORD", "open sesame"));
    assertEquals("open sesame", options.password());
    assertFalse(options.toString().contains("sesame"));
    RouterOptions flagged =
        RouterOptions.parse(
            List.of("--password", "other sesame"), Map.of("WEAVE_PASSWORD", "open sesame"));
    assertEquals("other sesame", flagged.password());
    assertFalse(flagged.toString().contains("sesame"));
  }

  @Test
  void takesAddressesFromTheEnvironmentWithEitherPartLeftOut() throws Exception {
    Map<String, String> environment =
        Map.of("WEAVE_HTTP_ADDR", ":7784", "WEAVE_STATUS_ADDR", "0.0.0.0");
    RouterOptions options = RouterOptions.parse(List.of(), environment);
    assertEquals("/127.0.0.1:7784", String.valueOf(options.httpAddress()));
    assertEquals("/0.0.0.0:6782", String.valueOf(options.statusAddress()));
    assertEquals(
        UnixDomainSocketAddress.of("/run/weave.sock"),
        parse("--http-addr=/run/weave.sock").httpAddress());
    assertNull(parse("--http-addr=").httpAddress());
    assertNull(options.metricsAddress());
    Map<String, String> metrics = Map.of("WEAVE_METRICS_ADDR", "0.0.0.0:9090");
    assertEquals(
        "/0.0.0.0:9090", String.valueOf(RouterOptions.parse(List.of(), metrics).metricsAddress()));
    assertEquals(
        "/127.0.0.1:9091", String.valueOf(parse("--metrics-addr", ":9091").metricsAddress()));
  }

  @Test
  void findsTheHostsFilesWhereItIsTold() throws Exception {
    assertEquals(HostFiles.OWN, parse().onHost().files());
    assertEquals(
        new HostFiles(Path.of("/tmp"), Path.of("/tmp/proc")),
        RouterOptions.parse(List.of(), Map.of("HOST_ROOT", "/tmp")).onHost().files());
    assertEquals(
        new HostFiles(Path.of("/usr"), Path.of("/proc")),
        parse("--host-root=/usr", "--proc-path", "/proc").onHost().files());
  }

  @Test
  void saysOfWhatItWasGivenWhatHasNoEffect() throws Exception {
    assertEquals(
        List.of("--token has no effect: the service that it is about is gone"),
        parse("--token=x", "--profile=", "--no-dns", "--datapath=datapath").ignored());
  }

  @Test
  void offersAllOverlaysUnlessItIsToldWhich() throws Exception {
    assertEquals(RouterOptions.ALL_OVERLAYS, parse().overlays());
    assertEquals(RouterOptions.ALL_OVERLAYS, parse("--overlays=").overlays());
    assertEquals(List.of("sleeve"), parse("--overlays", "sleeve").overlays());
    UsageException refused =
        assertThrows(UsageException.class, () -> parse("--overlays=sleeve,vxlan"));
    assertTrue(String.valueOf(refused.getMessage()).contains("no overlay \"vxlan\"; "), "says so");
  }

  @Test
  void readsHowTheFirstRingIsMade() throws Exception {
    assertEquals(new BootstrapMode.Consensus(3), parse("--ipalloc-init", "consensus=3").initMode());
    assertEquals(new BootstrapMode.Observer(), parse("--ipalloc-init=observer").initMode());
    assertEquals(
        new BootstrapMode.Seed(List.of(new PeerName(1), new PeerName(2))),
        parse("--ipalloc-init=seed=::1,::2").initMode());
    for (String none : List.of("", "consensus", "consensus=0")) {
      assertEquals(
          new BootstrapMode.Consensus(0), parse("--ipalloc-init=" + none).initMode(), none);
    }
    assertNull(parse("--ipalloc-range=").range());
  }

  @Test
  void takesADefaultSubnetSmallerAndLargerThanTheRange() throws Exception {
    for (String subnet : List.of("10.32.1.0/24", "10.0.0.0/8")) {
      assertEquals(
          subnet, String.valueOf(parse("--ipalloc-default-subnet", subnet).defaultSubnet()));
    }
    assertEquals(0, parse("--conn-limit", "0").connectionLimit());
    assertEquals(2, parse("--min-protocol-version=2").minProtocolVersion());
    assertEquals(2, parse("--trusted-subnets=10.0.0.0/8,192.0.2.0/24").trustedSubnets().size());
    assertTrue(parse("--resume").resume());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--nope", "-port", "--awsvpc", "--no-dns=false", "--port", "--dns-ttl=1"})
  void refusesFlagsByNameAndSaysWhatIsAccepted(String flag) {
    UsageException refused = assertThrows(UsageException.class, () -> parse(flag));
    assertEquals(2, refused.exitCode());
    assertTrue(String.valueOf(refused.getMessage()).contains(flag.replaceFirst("=.*", "")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--port=0",
        "--port=x",
        "--port=65535",
        "--name=hello",
        "--name=00:00:00:00:00:00",
        "--host=example",
        "--host=::1",
        "--db-prefix=",
        "--db-prefix=weave",
        "--ipalloc-range=10.0.0.1/8",
        "--ipalloc-range=10.0.0.0/31",
        "--ipalloc-init=magic",
        "--ipalloc-init=consensus=-1",
        "--ipalloc-init=seed",
        "--ipalloc-init=observer=1",
        "--ipalloc-init=seed=x",
        "--conn-limit=-1",
        "--trusted-subnets=10.0.0.0",
        "--min-protocol-version=3",
        "--mtu=67",
        "--weave-bridge=a/b",
        "--docker-bridge=..",
        "--weave-bridge=sixteencharacter",
        "--bufsz=0",
        "--http-addr=/run/of/which/the/name/is/so/long/that/no/kernel/would/take/it/for/that/of/"
            + "a/unix/socket/since/the/whole/of/it/has/to/fit/into/its/place",
        "--http-addr=host:80",
        "--metrics-addr=0.0.0.0",
        "--host-root=relative",
        "--proc-path=/nowhere/at/all",
        "--log-level=loud",
        "--no-discovery=maybe"
      })
  void refusesValuesThatAreNotAcceptable(String argument) {
    UsageException refused = assertThrows(UsageException.class, () -> parse(argument));
    assertEquals(1, refused.exitCode(), argument);
    String flag = argument.substring(0, argument.indexOf('='));
    assertTrue(String.valueOf(refused.getMessage()).contains(flag), refused.getMessage());
  }

  @Test
  void refusesCombinationsThatMakeNoSense() {
    assertEquals(1, assertThrows(UsageException.class, () -> parse("--resume", "host")).exitCode());
    assertThrows(UsageException.class, () -> parse("--ipalloc-range=", "--ipalloc-init=observer"));
    assertThrows(
        UsageException.class,
        () -> parse("--ipalloc-range=", "--ipalloc-default-subnet=10.32.0.0/24"));
  }

  private static RouterOptions parse(String... arguments) throws UsageException {
    return RouterOptions.parse(List.of(arguments), Map.of());
  }
}
