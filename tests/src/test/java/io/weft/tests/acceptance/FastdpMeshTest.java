package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.BpfMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three hosts whose frames pass in the kernel: relays, moves, and names that collide. */
final class FastdpMeshTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int MEGABYTE = 1024 * 1024;

  /** Where the programs' configuration says that they carry frames (fastdp.h). */
  private static final int FLAGS_OFFSET = 12;

  private static final Pattern ETHER = Pattern.compile("link/ether ([0-9a-f:]{17})");
  private static final String MAC = "5a:00:00:00:00:77";
  private static final String ADDRESS = "10.47.1.77";

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void threeKernelsCarryAllThatContainersSayAndNothingOfItPassesARouter() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      FastdpHosts.launch(a, b, c);
      double holds = FastdpHosts.holds(a, b, c);
      List<Container> containers = List.of(a.attach(), b.attach(), c.attach());
      Container.allReachEachOther(containers);
      List<Long> sent = new ArrayList<>();
      for (Host host : List.of(a, b, c)) {
        sent.add(FastdpHosts.counted(host, "sent_unicast"));
      }
      List<Long> before = seenByRouters(a, b, c);
      allTraffic(containers);
      if (!before.equals(seenByRouters(a, b, c)) && FastdpHosts.holds(a, b, c) > holds) {
        FastdpHosts.awaitKernels(a, b, c);
        before = seenByRouters(a, b, c);
        allTraffic(containers);
      }
      assertEquals(before, seenByRouters(a, b, c), "frames that left the kernels");
      for (Host host : List.of(a, b, c)) {
        long now = FastdpHosts.counted(host, "sent_unicast");
        assertTrue(now > sent.removeFirst(), "by " + host.label());
      }
      // Of each announcement a's kernel has made two copies.
      assertTrue(FastdpHosts.counted(a, "sent_flooded") >= 80, "copies");
    }
  }

  private static void allTraffic(List<Container> containers) throws Exception {
    List<Container> others = containers.subList(1, 3);
    GroupDatagrams.areHeardOnce(containers.getFirst(), "10.47.255.255", others);
    GroupDatagrams.areHeardOnce(containers.getFirst(), "239.1.2.3", others);
    for (int i = 0; i < containers.size(); i++) {
      Container next = containers.get((i + 1) % containers.size());
      try (TcpStream stream = TcpStream.between(containers.get(i), next)) {
        Await.until("a stream flows", LIMIT, stream::received, bytes -> bytes > MEGABYTE);
      }
    }
    Container.allReachEachOther(containers);
  }

  /** Frames that programs have left to user space, and that routers have taken from anywhere. */
  private static List<Long> seenByRouters(Host... hosts) throws IOException {
    List<Long> counts = new ArrayList<>();
    for (Host host : hosts) {
      counts.add(FastdpHosts.counted(host, "punted"));
      counts.add(FastdpHosts.counted(host, "punts_taken"));
      counts.add((long) host.control().metric("weft_frames_captured_total"));
    }
    return counts;
  }

  @Test
  void aRelayPassesFramesOnInItsKernel() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      b.launch("--no-discovery", "--ipalloc-init", "consensus=3");
      a.launch("--no-discovery", "--ipalloc-init", "consensus=3", b.address());
      c.launch("--no-discovery", "--ipalloc-init", "consensus=3", b.address());
      awaitChain(a, b, c);
      Container onA = a.attach();
      Container onC = c.attach();
      onA.reaches(onC);
      long before = FastdpHosts.counted(b, "relayed");
      long taken = 0;
      twentyPings(onA, onC);
      boolean left =
          FastdpHosts.counted(b, "relayed") < before + 40
              || FastdpHosts.counted(b, "punts_taken") > 0;
      if (left && FastdpHosts.holds(a, b, c) > 0) {
        awaitChain(a, b, c);
        before = FastdpHosts.counted(b, "relayed");
        taken = FastdpHosts.counted(b, "punts_taken");
        twentyPings(onA, onC);
      }
      assertTrue(FastdpHosts.counted(b, "relayed") >= before + 40, "both ways, in the kernel of b");
      assertEquals(taken, FastdpHosts.counted(b, "punts_taken"), "frames that b's router saw");

      String trace = b.weave("trace", onA.address(), onC.address());
      if (trace.contains("carried by: user space") && FastdpHosts.holds(a, b, c) > 0) {
        awaitChain(a, b, c);
        trace = b.weave("trace", onA.address(), onC.address());
      }
      List<String> lines = trace.lines().toList();
      assertEquals("delivered", lines.getLast(), trace);
      assertEquals(3, lines.stream().filter(line -> line.matches("[123]\\. .*")).count(), trace);
      assertEquals(
          2, lines.stream().filter(line -> line.contains("path: fastdp mtu=1450")).count(), trace);
      assertEquals(
          2, lines.stream().filter(line -> line.contains("carried by: the kernel")).count(), trace);
      assertEquals(
          2, lines.stream().filter(line -> line.contains("the kernel sends to 0x")).count(), trace);
      assertTrue(trace.contains(": VXLAN to " + b.address() + ", packets of at most 1450"), trace);
      assertTrue(trace.contains(": VXLAN to " + c.address() + ", packets of at most 1450"), trace);
      Matcher mac = ETHER.matcher(onC.namespace().ip("link", "show", "ethwe"));
      assertTrue(mac.find(), "the container's hardware address");
      onC.namespace().ip("addr", "flush", "dev", "ethwe");
      String bare = a.weave("trace", onA.address(), mac.group(1));
      assertTrue(bare.contains(mac.group(1) + " without IPv4 at " + c.peerName()), bare);
      assertEquals("delivered", bare.lines().toList().getLast(), bare);
      String nowhere = a.weave("trace", onA.address(), "10.47.9.9");
      assertTrue(nowhere.contains("dropped: nobody answers for 10.47.9.9"), nowhere);
    }
  }

  /** Waits until the kernels carry of a and c, and of b between them. */
  private static void awaitChain(Host a, Host b, Host c) throws Exception {
    b.awaitOverlay("fastdp", 2);
    a.awaitOverlay("fastdp", 1);
    c.awaitOverlay("fastdp", 1);
  }

  private static void twentyPings(Container from, Container to) throws IOException {
    assertEquals(0, from.ping(to.address(), "-c", "20", "-i", "0.01").exit());
  }

  @Test
  void framesPassBetweenAKernelAndUserSpaceWhereAHopHasNoKernelPath() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      b.launch("--no-discovery", "--ipalloc-init", "consensus=3");
      a.launch("--no-discovery", "--ipalloc-init", "consensus=3", b.address());
      c.launch("--no-discovery", "--no-fastdp", "--ipalloc-init", "consensus=3", b.address());
      a.awaitOverlay("fastdp", 1);
      b.awaitOverlay("fastdp", 1);
      b.awaitOverlay("sleeve2", 1);
      b.awaitPaths("fastdp", "sleeve2 fastdp-not-offered-by-peer");
      c.awaitPaths("sleeve2 fastdp-switched-off-here");
      Container onA = a.attach();
      Container onB = b.attach();
      Container onC = c.attach();
      onA.reaches(onC);
      onC.reaches(onB);
      onA.reaches(onB);
      String trace = a.weave("trace", onA.address(), onC.address());
      if (!trace.contains("carried by: the kernel") && FastdpHosts.holds(a, b) > 0) {
        a.awaitOverlay("fastdp", 1);
        b.awaitOverlay("fastdp", 1);
        trace = a.weave("trace", onA.address(), onC.address());
      }
      List<String> carriers =
          trace.lines().filter(line -> line.contains("carried by: ")).map(String::strip).toList();
      assertEquals(List.of("carried by: the kernel", "carried by: user space"), carriers, trace);
      assertTrue(
          FastdpHosts.counted(b, "punts_taken") > 0, "b's router carries what its kernel cannot");
      assertTrue(FastdpHosts.counted(b, "user_sent") > 0, "and wraps what goes the other way");
      assertTrue(FastdpHosts.counted(b, "heartbeats_sent") > 0, "heartbeats");
      assertTrue(b.control().metric("weft_frames_punted_total") > 0, "of the router, too");
      String metrics = b.control().get("/metrics").orFail();
      for (String direction : List.of("sent", "received")) {
        Pattern sample =
            Pattern.compile(
                "weft_path_bytes_total\\{peer=\"%s\",path=\"sleeve2\",direction=\"%s\"} [1-9]"
                    .formatted(c.peerName(), direction));
        assertTrue(sample.matcher(metrics).find(), sample + " in " + metrics);
      }
      Broadcasts.areHeardOnce(onA, onC);
      Broadcasts.areHeardOnce(onC, onA);
      Broadcasts.areHeardOnce(onB, onA);
      Broadcasts.areHeardOnce(onB, onC);
    }
  }

  @Test
  void anAddressThatMovesIsFoundFromItsFirstFrameOn() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      FastdpHosts.launch(a, b, c);
      Container watcher = a.attach();
      Container other = b.attach();
      List<Container> places = List.of(b.attach(), c.attach(), a.attach());
      for (Container place : places) {
        Namespace namespace = place.namespace();
        namespace.ip("link", "set", "ethwe", "down");
        namespace.ip("link", "set", "ethwe", "address", MAC);
        namespace.ip("addr", "add", ADDRESS + "/12", "dev", "ethwe");
      }
      // From peer to peer as the watcher sees it, then to its own host, and away from there.
      for (int place : new int[] {0, 1, 0, 1, 2, 0, 2, 1}) {
        Namespace namespace = places.get(place).namespace();
        namespace.ip("link", "set", "ethwe", "up");
        // An owner of less than a quarter of a second keeps it: the first of two may be lost.
        places.get(place).ping(other.address(), "-I", ADDRESS, "-c", "2", "-i", "0.3").orFail();
        watcher.ping(ADDRESS).orFail();
        other.ping(ADDRESS).orFail();
        namespace.ip("link", "set", "ethwe", "down");
      }
      assertTrue(FastdpHosts.counted(a, "moved") >= 5, "a's kernel saw it move");
    }
  }

  @Test
  void hostsThatWereGivenOneShortIdAllReachEachOther() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      a.launch("--ipalloc-init", "consensus=3");
      b.launch("--ipalloc-init", "consensus=3");
      c.launch("--ipalloc-init", "consensus=3");
      int taken = shortId(b);
      c.crash();
      pretend(c, taken);
      c.launch("--ipalloc-init", "consensus=3");
      assertEquals(taken, shortId(c), "the collision is there");
      a.control().post("/connect?peer=" + b.address()).orFail();
      a.control().post("/connect?peer=" + c.address()).orFail();
      for (Host host : List.of(a, b, c)) {
        host.awaitOverlay("fastdp", 2);
      }
      Await.until("c has another", LIMIT, () -> shortId(c), now -> now != taken);
      assertEquals(taken, shortId(b), "the lowest name keeps it");
      assertNotEquals(shortId(a), shortId(c));
      List<Container> containers = List.of(a.attach(), b.attach(), c.attach());
      Container.allReachEachOther(containers);
    }
  }

  private static int shortId(Host host) throws IOException {
    String report = host.control().get("/report").orFail();
    Matcher own =
        Pattern.compile(
                "\"Name\":\\s*\"%s\"[^{}]*?\"ShortID\":\\s*([0-9]+)".formatted(host.peerName()))
            .matcher(report);
    assertTrue(own.find(), "the report has our short id: " + report);
    return Integer.parseInt(own.group(1));
  }

  /** Has the kernel of a host whose router is dead go by another short id. */
  private static void pretend(Host host, int shortId) throws IOException {
    boolean pretends =
        FastdpHosts.ofProgram(
            host,
            program -> {
              boolean found = false;
              for (BpfMap map : program.maps()) {
                if (map.description().name().equals("weft_config")) {
                  ByteBuffer key = ByteBuffer.allocateDirect(Integer.BYTES);
                  ByteBuffer config =
                      ByteBuffer.allocateDirect(map.description().valueBytes())
                          .order(ByteOrder.nativeOrder());
                  assertTrue(map.get(key, config), "the kernel is configured");
                  map.put(key, config.putInt(0, shortId).putInt(FLAGS_OFFSET, 1));
                  found = true;
                }
                map.close();
              }
              return found;
            });
    assertTrue(pretends, "the program has a configuration");
  }
}
