package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What becomes of address space whose owner is lost: scripts 320, 330, 335 and 360. */
final class IpamRecoveryScriptsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void script320AfterALossOfDataARunningContainersAddressIsClaimedOfItsNewOwner() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of("--ipalloc-init=consensus=2"), a, b);
      a.awaitConnections("established", 1);
      Container container = b.attach();
      b.crash();
      b.loseState();
      awaitUnreachable(a);
      takeOver(a, "b");
      b.launch("--ipalloc-init=observer", a.address());
      a.awaitConnections("established", 1);
      Await.until(
          "the running container has its address",
          LIMIT,
          () -> b.control().get("/ip").orFail(),
          owned -> owned.contains('"' + container.address() + "/"));
      Control.Answer other =
          a.control().put("/ip/other/" + container.address() + "/12?timeout=30s");
      assertEquals(400, other.status(), other.body());
      a.attach().reaches(container);
    }
  }

  @Test
  void script330HostsThatAreResetOneAfterTheOtherGoOnAllocating() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of("--ipalloc-init=consensus=2"), a, b);
      a.awaitConnections("established", 1);
      a.attach();
      b.attach();
      for (Host host : List.of(a, b)) {
        Host other = host.equals(a) ? b : a;
        host.weave("reset");
        host.launch("--ipalloc-init=consensus=2", other.address());
        host.awaitConnections("established", 1);
        host.attach().reaches(other.attach());
      }
      String status = a.weave("status", "ipam");
      assertFalse(status.contains("unreachable"), status);
    }
  }

  @Test
  void script335TheSpaceOfADeadOwnerOfEverythingServesWhoTakesItAndThenTheThird() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String seed = "--ipalloc-init=seed=" + c.peerName();
      Host.launchAll(List.of(seed), c, a, b);
      for (Host host : List.of(a, b, c)) {
        host.awaitConnections("established", 2);
      }
      c.control().post("/ip/one").orFail();
      for (Host host : List.of(a, b)) {
        Await.until(
            "all of it is c's",
            LIMIT,
            () -> host.weave("status", "ipam"),
            text -> text.contains("(c)") && text.contains("(100.0% of total)"));
      }
      c.crash();
      awaitUnreachable(a);
      takeOver(a, "c");
      assertTrue(a.control().post("/ip/two?timeout=30s").orFail().startsWith("10."));
      assertTrue(b.control().post("/ip/three?timeout=30s").orFail().startsWith("10."));
    }
  }

  @Test
  void script360ARouterBetweenTwoRingsGoesOn() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      for (Host host : List.of(a, b)) {
        host.launch("--no-discovery", "--ipalloc-init=seed=" + host.peerName());
        host.control().post("/ip/one").orFail();
      }
      c.launch("--no-discovery", "--ipalloc-init=observer", a.address());
      c.awaitConnections("established", 1);
      c.control().post("/ip/one?timeout=30s").orFail();
      long pid = c.router().pid();
      c.weave("connect", b.address());
      Await.until(
          "the other ring is refused",
          LIMIT,
          () -> c.weave("status", "connections") + b.weave("status", "connections"),
          text -> text.contains("IP allocation was seeded by different peers"));
      assertEquals(pid, c.router().pid());
      c.awaitConnections("established", 1);
      assertTrue(c.control().post("/ip/two?timeout=30s").orFail().startsWith("10."));
    }
  }

  private static void takeOver(Host host, String lost) throws Exception {
    String taken = host.weave("rmpeer", lost);
    assertTrue(taken.matches("[1-9]\\d* IPs taken over from " + lost + "\n"), taken);
  }

  private static void awaitUnreachable(Host host) throws Exception {
    Await.until(
        "the loss is seen",
        LIMIT,
        () -> host.weave("status", "ipam"),
        text -> text.contains("unreachable"));
  }
}
