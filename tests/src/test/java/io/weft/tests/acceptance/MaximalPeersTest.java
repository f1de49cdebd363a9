package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Neighbours that send as much as a message can carry, all other things. {@code
 * -Dweft.maximal.peers=N} says how many; two hundred is what a router must bear. Few take as much
 * memory unless it is bounded: what twenty have under way does not fit into the router's heap.
 */
final class MaximalPeersTest {
  private static final int PEERS = Integer.getInteger("weft.maximal.peers", 20);
  private static final int ROUNDS = Integer.getInteger("weft.maximal.rounds", 1);
  private static final int PEERS_PER_ADDRESS = 10;
  private static final int FIRST_HOST_NUMBER = 100;
  private static final int SENDERS = 4;
  private static final int MESSAGE_BYTES = 10 << 20;
  private static final int PIECE_BYTES = 1 << 20;
  private static final int BEAT_SECONDS = 2;
  private static final long MAX_RSS_KIB = 200 * 1024;
  private static final Duration LIMIT = Duration.ofSeconds(90);

  /** As long as anybody waits for an answer; how long it takes is printed, not asserted. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final long POLL_NANOS = 100_000_000L;
  private static final String CUTOFFS = "weft_mesh_tcp_cutoffs_total";

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void aRouterWhoseNeighboursSendAsMuchAsTheyMayStaysSmallAndServesTheGoodOnes() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host stranger = underlay.host("s");
      String seeds = "seed=" + a.peerName() + "," + b.peerName();
      a.launch("--ipalloc-init", seeds, "--conn-limit", "0");
      b.launch("--ipalloc-init", seeds, "--conn-limit", "0", a.address());
      b.awaitConnections("established", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);

      Probe probe = new Probe(a);
      List<ScriptedPeer> peers = connect(stranger, a.address());
      AtomicBoolean done = new AtomicBoolean();
      try (ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor();
          ExecutorService watchers = Executors.newFixedThreadPool(1);
          ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
          ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<?> beating =
            heart.scheduleAtFixedRate(
                () -> peers.forEach(ScriptedPeer::beat), 0, BEAT_SECONDS, TimeUnit.SECONDS);
        a.awaitConnections("established", PEERS + 1, LIMIT);
        Future<?> watch = watchers.submit(() -> probe.watch(done));
        for (int round = 0; round < ROUNDS; round++) {
          long version = round + 1L;
          all(senders, peers, peer -> state(peer, peers.indexOf(peer), version, a, b));
          System.out.printf("round %d of maximal states: %s%n", round + 1, probe);
        }
        assertEquals(0, a.control().metric(CUTOFFS), "large messages are nobody's fault");
        a.awaitConnections("established", PEERS + 1, LIMIT);
        peers.forEach(peer -> writers.execute(() -> mostOfAMessage(peer)));
        Await.until(
            "one of those who begin a message and do not go on is cut off",
            LIMIT,
            () -> a.control().metric(CUTOFFS),
            cutoffs -> cutoffs > 0);
        done.set(true);
        watch.get();
        beating.cancel(false);
        for (ScriptedPeer peer : peers) {
          peer.close();
        }
      }
      System.out.printf(
          "%d scripted peers: %s; %.0f peers dropped, %.0f payloads refused%n",
          PEERS,
          probe,
          a.control().metric("weft_mesh_peers_dropped_total"),
          a.control().metric("weft_mesh_payloads_refused_total"));
      assertTrue(probe.rssKib.get() < MAX_RSS_KIB, "resident: " + probe);
      assertEquals(probe.pid, a.router().pid(), "the same process runs");
      b.awaitConnections("established", 1);
      onA.reaches(onB);
      assertTrue(a.attach().address().startsWith("10."), "addresses are given out");
    }
  }

  private static List<ScriptedPeer> connect(Host stranger, String to) throws IOException {
    int addresses = (PEERS + PEERS_PER_ADDRESS - 1) / PEERS_PER_ADDRESS;
    for (int i = 0; i < addresses; i++) {
      stranger.namespace().ip("addr", "add", source(i) + "/24", "dev", "eth0");
    }
    List<ScriptedPeer> peers = new ArrayList<>();
    try (NetworkNamespace entered = NetworkNamespace.ofName(stranger.namespace().name())) {
      entered.perform(() -> {
        for (int i = 0; i < PEERS; i++) {
          PeerName name = new PeerName(0x0200_0000_0000L + i);
          peers.add(ScriptedPeer.connect(source(i / PEERS_PER_ADDRESS), to, name));
        }
      });
    }
    return peers;
  }

  private static String source(int number) {
    return "192.0.2." + (FIRST_HOST_NUMBER + number);
  }

  /** What a test lets each peer do. */
  private interface Part {
    void play(ScriptedPeer peer) throws IOException;
  }

  private static void all(ExecutorService threads, List<ScriptedPeer> peers, Part part)
      throws Exception {
    List<Callable<Object>> parts = new ArrayList<>();
    for (ScriptedPeer peer : peers) {
      parts.add(() -> {
        part.play(peer);
        return peer;
      });
    }
    for (Future<Object> played : threads.invokeAll(parts)) {
      played.get();
    }
  }

  private static void state(ScriptedPeer peer, int number, long version, Host a, Host b) {
    byte[] topology =
        switch (number % 3) {
          case 0 -> MaximalState.topology(peer.name(), number, 1_000, version);
          case 1 -> MaximalState.topology(peer.name(), number, 100, version);
          default -> MaximalState.nicknames(peer.name(), number, version);
        };
    peer.gossip(MaximalState.TOPOLOGY, topology);
    if (number % 4 == 0) {
      PeerName owner = PeerName.parse(a.peerName());
      PeerName other = PeerName.parse(b.peerName());
      peer.gossip(
          MaximalState.ADDRESSES,
          MaximalState.ring(peer.name(), number, owner, other, 1_000 * version + number));
    }
  }

  /** All but the last byte of a message of the largest size, or as much as the router takes. */
  private static void mostOfAMessage(ScriptedPeer peer) {
    peer.raw(ByteBuffer.allocate(Integer.BYTES).putInt(MESSAGE_BYTES).array());
    byte[] piece = new byte[PIECE_BYTES];
    for (int sent = 0; sent < MESSAGE_BYTES - PIECE_BYTES && !peer.isEnded(); sent += PIECE_BYTES) {
      peer.raw(piece);
    }
    peer.raw(new byte[PIECE_BYTES - 1]);
  }

  /** Looks at the router again and again. */
  private static final class Probe {
    final Host host;
    final long pid;
    final AtomicLong rssKib = new AtomicLong();
    final AtomicLong statusNanos = new AtomicLong();
    final AtomicLong answers = new AtomicLong();

    Probe(Host host) throws IOException {
      this.host = host;
      pid = host.router().pid();
    }

    Object watch(AtomicBoolean done) throws IOException {
      while (!done.get()) {
        look();
        LockSupport.parkNanos(POLL_NANOS);
      }
      look();
      return this;
    }

    private void look() throws IOException {
      long rss =
          Files.readString(Path.of("/proc", Long.toString(pid), "status"))
              .lines()
              .filter(line -> line.startsWith("VmHWM:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
      rssKib.accumulateAndGet(rss, Math::max);
      long start = System.nanoTime();
      String status = host.control().get("/status", PATIENCE).orFail();
      statusNanos.accumulateAndGet(System.nanoTime() - start, Math::max);
      answers.incrementAndGet();
      // The first line of each part, and the last of all: nothing is missing between.
      assertTrue(status.contains("Service: router\n"), status);
      assertTrue(status.contains("Name: " + host.peerName() + "(a)\n"), status);
      assertTrue(status.matches("(?s).*Connections: [0-9]+ \\([0-9]+ established.*"), status);
      assertTrue(status.contains("Service: ipam\n"), status);
      assertTrue(status.endsWith("DefaultSubnet: 10.32.0.0/12\n"), status);
    }

    @Override
    public String toString() {
      return "at most %d KiB resident, %d answers of /status within %d ms"
          .formatted(rssKib.get(), answers.get(), statusNanos.get() / 1_000_000);
    }
  }
}
