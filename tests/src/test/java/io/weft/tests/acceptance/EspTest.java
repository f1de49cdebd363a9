package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Frames that the kernel encrypts, and carries on one host at least. Where the kernel has no ESP,
 * {@code make test-esp} runs this on one that has.
 */
final class EspTest {
  /** An emulated machine may take long for what others do at once. */
  private static final Duration LIMIT = Duration.ofMinutes(8);

  private static final Map<String, String> PASSWORD = Map.of("WEAVE_PASSWORD", "correct horse");

  @BeforeAll
  static void checkPrerequisites() throws IOException {
    Prerequisites.check(List.of("nft"));
    try (Underlay underlay = new Underlay()) {
      Command.Output output =
          underlay
              .host("p")
              .namespace()
              .run(
                  "ip",
                  "xfrm",
                  "state",
                  "add",
                  "src",
                  "192.0.2.1",
                  "dst",
                  "192.0.2.2",
                  "proto",
                  "esp",
                  "spi",
                  "0x1000",
                  "mode",
                  "transport",
                  "aead",
                  "rfc4106(gcm(aes))",
                  "0x" + "00".repeat(36),
                  "128");
      // Not a failure with CI=true either, as docs/fastdp.md says: make test-esp runs it.
      Assumptions.assumeTrue(
          output.exit() == 0,
          () ->
              "this kernel cannot encrypt by ESP, for which it needs CONFIG_XFRM_USER,"
                  + " CONFIG_INET_ESP and CONFIG_CRYPTO_GCM; make test-esp boots one that can."
                  + " Adding a state: "
                  + output.err().strip());
    }
  }

  @Test
  void theKernelEncryptsWhatItCarriesAndNothingIsLeftAfterReset() throws Exception {
    encryptsAndLeavesNothing("--fastdp-by=ebpf", List.of(), "vxlan_out");
  }

  @Test
  void theKernelEncryptsWhatARouterWrapsAndNothingIsLeftAfterReset() throws Exception {
    encryptsAndLeavesNothing("--fastdp-by=user", List.of(), "vxlan_out");
  }

  @Test
  void theKernelEncryptsGuardedByIptablesAndNothingIsLeftAfterReset() throws Exception {
    encryptsAndLeavesNothing(
        "--fastdp-by=ebpf", List.of("--iptables-backend=nft"), "WEAVE-IPSEC-OUT");
  }

  /**
   * Two hosts.
   *
   * @param way of host b
   * @param backend flags of both hosts that say where rules go
   * @param guard a chain of rules that is there as long as something is encrypted
   */
  private static void encryptsAndLeavesNothing(String way, List<String> backend, String guard)
      throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      List<String> flags = new ArrayList<>(List.of("--ipalloc-init=consensus=2"));
      flags.addAll(backend);
      a.launch(PASSWORD, flags.toArray(String[]::new));
      flags.addAll(List.of(way, a.address()));
      try (Capture esp = Capture.start(underlay.wire(), "wire", "esp");
          Capture plain = Capture.start(underlay.wire(), "wire", "udp", "port", "6784")) {
        b.launch(PASSWORD, flags.toArray(String[]::new));
        awaitFastdp(a);
        awaitFastdp(b);
        Container onA = a.attach();
        Container onB = b.attach();
        reaches(onA, onB);
        reaches(onB, onA);
        long before = esp.size();
        onA.ping(onB.address(), "-c", "5", "-i", "0.2", "-s", "1000");
        await("ESP crosses", esp::size, size -> size > before + 5 * 1000);
        assertEquals(24, plain.size(), "only the header of the capture file");
      }
      for (Host host : List.of(a, b)) {
        String states = host.namespace().ip("xfrm", "state");
        assertEquals(2, states.split("proto esp", -1).length - 1, states);
        assertEquals(2, states.split("aead rfc4106\\(gcm\\(aes\\)\\)", -1).length - 1, states);
        assertEquals(2, states.split("mode transport", -1).length - 1, states);
        assertTrue(states.contains("esn") && states.contains("replay_window 256"), states);
        String policies = host.namespace().ip("xfrm", "policy");
        assertTrue(policies.contains("dir out") && policies.contains("mark 0x20000"), policies);
        assertTrue(rules(host).contains(guard), "rules that guard it");
      }
      b.weave("reset");
      await("b's encryption is gone", () -> traces(b), String::isEmpty);
      await("a's encryption is gone", () -> traces(a), String::isEmpty);
      await("a's rules are gone", () -> rules(a), text -> !text.contains(guard));
      a.weave("reset");
      assertEquals("", traces(a));
      String left = rules(a).toLowerCase(Locale.ROOT);
      assertFalse(left.contains("weave"), left);
    }
  }

  @Test
  void withoutItsPolicyNothingLeavesAndARouterThatCrashedComesBack() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch(PASSWORD, "--ipalloc-init", "consensus=2");
      b.launch(PASSWORD, "--ipalloc-init", "consensus=2", a.address());
      awaitFastdp(a);
      awaitFastdp(b);
      Container onA = a.attach();
      Container onB = b.attach();
      reaches(onA, onB);
      try (Capture plain = Capture.start(underlay.wire(), "wire", "udp", "port", "6784")) {
        a.crash();
        a.namespace().ip("xfrm", "policy", "flush");
        onA.ping(onB.address(), "-c", "3", "-i", "0.3");
        await("b has ended its side", () -> traces(b), String::isEmpty);
        onB.ping(onA.address(), "-c", "3", "-i", "0.3");
        a.launch(PASSWORD, "--ipalloc-init", "consensus=2", b.address());
        awaitFastdp(a);
        awaitFastdp(b);
        reaches(onA, onB);
        reaches(onB, onA);
        assertEquals(24, plain.size(), "nothing in plain text, whatever happens");
      }
      String states = a.namespace().ip("xfrm", "state");
      assertEquals(2, states.split("proto esp", -1).length - 1, "the old ones are gone: " + states);
    }
  }

  private static void awaitFastdp(Host host) throws Exception {
    await(
        "host %s encrypts on fastdp".formatted(host.label()),
        () -> host.control().get("/status/connections").body(),
        text -> text.matches("(?s).*established\\s+encrypted\\s+fastdp.*"));
  }

  private static void reaches(Container from, Container to) throws Exception {
    await("a ping crosses", () -> from.ping(to.address()).exit(), exit -> exit == 0);
  }

  private static String traces(Host host) throws IOException {
    return host.namespace().ip("xfrm", "state") + host.namespace().ip("xfrm", "policy");
  }

  private static String rules(Host host) throws IOException {
    return host.namespace().run("nft", "list", "ruleset").orFail().out();
  }

  private static <T> void await(
      String what,
      java.util.concurrent.Callable<T> question,
      java.util.function.Predicate<T> wanted)
      throws Exception {
    Await.until(what, LIMIT, question, wanted);
  }
}
