package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Three routers that share one range of addresses through crashes. The order of start and the
 * number of answers before each crash follow from {@code -Dweft.seed=N}; which requests are under
 * way at that moment is up to the machine.
 */
final class AllocationTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);
  private static final int ALLOCATIONS = 200;

  /** Most answers before a crash. */
  private static final int MAX_ANSWERS = 30;

  private static final Pattern RING_SHARE = Pattern.compile("IPs \\(.*");

  /** An entry of {@code GET /ip} with its only address. */
  private static final Pattern OWNED =
      Pattern.compile("\"containerid\":\"([^\"]*)\",\"addrs\":\\[\"([^\"]*)\"\\]");

  private final long seed = Long.getLong("weft.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** Who has which address; one map for all hosts, so a duplicate shows at once. */
  private final Map<String, String> holders = new HashMap<>();

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void routersStartedInAnyOrderShareOneRingAndKeepWhatTheyHaveThroughCrashes() throws Exception {
    System.out.println("-Dweft.seed=" + seed);
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = List.of(underlay.host("a"), underlay.host("b"), underlay.host("c"));
      List<Host> order = new ArrayList<>(hosts);
      Collections.shuffle(order, random);
      String[] addresses = hosts.stream().map(Host::address).toArray(String[]::new);
      for (Host host : order) {
        host.launch(addresses);
      }
      for (Host host : hosts) {
        host.awaitConnections("established", 2);
      }
      for (int count = 0; count < ALLOCATIONS; count++) {
        allocate(hosts.get(count % hosts.size()), "container" + count);
      }
      awaitOneRing(hosts);
      int next = ALLOCATIONS;
      for (Host victim : order) {
        next = crashWhileAllocating(victim, next, addresses);
      }
      awaitOneRing(hosts);
      for (Host host : hosts) {
        assertEquals(heldBy(host), knownTo(host), "what host " + host.label() + " has handed out");
        host.awaitConnections("established", 2);
      }
    }
  }

  /** Kills a router while clients allocate from it, and starts it again without its name. */
  private int crashWhileAllocating(Host victim, int first, String... targets) throws Exception {
    String name = ownName(victim);
    Set<String> tokens = ringTokens(victim);
    AllocationStorm.Outcome outcome =
        AllocationStorm.endedByCrash(victim, first, 1 + random.nextInt(MAX_ANSWERS));
    outcome.answered().forEach((ident, address) -> hold(victim, ident, address));
    victim.weave(Map.of(), launchWithoutName(victim, targets)).orFail();
    assertEquals(name, ownName(victim), "the name after a crash");
    assertTrue(ringTokens(victim).containsAll(tokens), "the ring after a crash");

    // Without an answer an address may have been given or not; whoever asked asks again.
    Map<String, String> unsure = new TreeMap<>(knownTo(victim));
    System.out.printf(
        "%s killed after %d answers, %d requests without one of which %s left an address%n",
        victim.label(),
        outcome.answered().size(),
        outcome.unanswered().size(),
        outcome.unanswered().stream().filter(unsure::containsKey).toList());
    unsure.keySet().retainAll(outcome.unanswered());
    unsure.forEach((ident, address) -> hold(victim, ident, address));
    assertEquals(heldBy(victim), knownTo(victim), "the addresses after a crash");
    for (String ident : outcome.unanswered()) {
      String address = victim.control().post("/ip/" + ident).orFail();
      if (unsure.containsKey(ident)) {
        assertEquals(unsure.get(ident), address, ident + " asks again");
      } else {
        hold(victim, ident, address);
      }
    }
    return outcome.next();
  }

  private static List<String> launchWithoutName(Host host, String... targets) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "launch",
                "--no-setup-cni",
                "--nickname",
                host.label(),
                "--db-prefix",
                host.statePrefix()));
    command.addAll(List.of(targets));
    return command;
  }

  private void allocate(Host host, String ident) throws IOException {
    hold(host, ident, host.control().post("/ip/" + ident).orFail());
  }

  private void hold(Host host, String ident, String address) {
    String holder = host.label() + "/" + ident;
    String other = holders.putIfAbsent(address, holder);
    assertEquals(null, other, address + " given to " + holder + " is held already");
  }

  private Map<String, String> heldBy(Host host) {
    TreeMap<String, String> held = new TreeMap<>();
    holders.forEach((address, holder) -> {
      if (holder.startsWith(host.label() + "/")) {
        held.put(holder.substring(holder.indexOf('/') + 1), address);
      }
    });
    return held;
  }

  /** What {@code GET /ip} lists, by container. */
  private static Map<String, String> knownTo(Host host) throws IOException {
    TreeMap<String, String> known = new TreeMap<>();
    OWNED
        .matcher(host.control().get("/ip").orFail())
        .results()
        .forEach(match -> known.put(match.group(1), match.group(2)));
    return known;
  }

  private static String ownName(Host host) throws IOException {
    return host.control()
        .get("/status")
        .body()
        .lines()
        .filter(line -> line.contains(" Name: "))
        .findFirst()
        .orElseThrow();
  }

  /** Owners and shares as {@code status ipam} shows them, in one order for everybody. */
  private static String shares(Host host) throws IOException {
    return host.control()
        .get("/status/ipam")
        .body()
        .lines()
        .map(line -> RING_SHARE.matcher(line).replaceFirst("").replaceAll("\\s+", " "))
        .sorted()
        .collect(Collectors.joining("; "));
  }

  private static Set<String> ringTokens(Host host) throws IOException {
    return Pattern.compile("\"Token\"\\s*:\\s*\"([0-9.]+)\"")
        .matcher(host.control().get("/report").body())
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void awaitOneRing(List<Host> hosts) throws Exception {
    Await.until(
        "one ring everywhere",
        LIMIT,
        () -> hosts.stream().map(AllocationTest::sharesUnchecked).toList(),
        seen ->
            seen.stream().distinct().count() == 1
                && seen.getFirst().split(";").length == hosts.size());
  }

  private static String sharesUnchecked(Host host) {
    try {
      return shares(host);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
