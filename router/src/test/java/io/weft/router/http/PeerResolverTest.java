package io.weft.router.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.gossip.Target;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers as operators write them (mesh.md 9.1). */
final class PeerResolverTest {
  private static final int OWN_PORT = 6799;

  private final PeerResolver resolver = new PeerResolver(OWN_PORT);

  @AfterEach
  void close() {
    resolver.close();
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.7, 6799, false",
    "192.0.2.7:0, 6799, false",
    "192.0.2.7:, 6799, false",
    "192.0.2.7:1, 1, true",
    "192.0.2.7:6799, 6799, true",
    "192.0.2.7:65535, 65535, true"
  })
  void withoutAPortItIsTheMeshesOwn(String peer, int port, boolean given) {
    PeerResolver.Resolution resolution = resolver.resolveNow(List.of(peer));
    assertEquals(List.of(), resolution.errors());
    Target target = resolution.targets().getFirst();
    assertEquals(peer, target.text());
    assertEquals(List.of(new InetSocketAddress("192.0.2.7", port)), target.addresses());
    assertEquals(given, target.portGiven());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ":", ":6783", "192.0.2.7:65536", "192.0.2.7:-1", "[::1]:6783", "::1", "a b"})
  void refusesWhatIsNoPeer(String peer) {
    String reason = "invalid peer name \"" + peer + "\", should be host[:port]";
    assertEquals(List.of(reason), resolver.resolveNow(List.of(peer)).errors());
    assertEquals(
        reason,
        assertThrows(IllegalArgumentException.class, () -> PeerResolver.check(peer)).getMessage());
  }

  @Test
  void resolvesTheOthersWhenOneIsUnknown() {
    // Longer than a label of a name may be, so that no name server is asked.
    String unknown = "x".repeat(64);
    PeerResolver.Resolution resolution =
        resolver.resolveNow(List.of(unknown + ":6783", "192.0.2.7"));
    assertEquals(List.of("lookup " + unknown + ": no such host"), resolution.errors());
    assertEquals(1, resolution.targets().size());
  }
}
