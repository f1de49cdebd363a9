package io.weft.gossip;

import io.weft.gossip.gob.GobException;
import io.weft.gossip.wire.Handshaken;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.MeshProtocol;
import io.weft.gossip.wire.MessageCodec;
import io.weft.gossip.wire.RemoteFeatures;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Routers joined in memory, in virtual time: a seed decides everything, so a run can be repeated.
 *
 * <p>Messages cross as bytes of the real codec; handshakes are made up from the feature maps. Every
 * crossing takes {@link #LATENCY_NANOS}.
 */
final class SimulatedNetwork {
  static final int PORT = 6783;
  static final long LATENCY_NANOS = 1_000_000;

  private record Event(long atNanos, long order, Runnable action) {}

  /** One end of a connection in memory. */
  private static final class End {
    private final SimulatedRouter owner;
    private final long number;
    private final boolean outbound;
    private final InetSocketAddress local;
    private final InetSocketAddress remote;
    private final Queue<byte[]> unread = new ArrayDeque<>();
    private @Nullable End other;
    private boolean reading;
    private boolean closed;

    End(
        SimulatedRouter owner,
        long number,
        boolean outbound,
        InetSocketAddress local,
        InetSocketAddress remote) {
      this.owner = owner;
      this.number = number;
      this.outbound = outbound;
      this.local = local;
      this.remote = remote;
    }
  }

  private final RandomGenerator random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::order));
  private final SortedMap<Integer, SimulatedRouter> routers = new TreeMap<>();
  private final Map<Long, End> ends = new HashMap<>();
  private long nowNanos = 1_000_000_000;
  private long nextOrder;
  private long nextLink = 1;
  private int nextEphemeralPort = 40_000;
  private int messages;

  SimulatedNetwork(long seed) {
    random = RandomGeneratorFactory.getDefault().create(seed);
  }

  /** Adds a router whose name is its number and starts it. */
  SimulatedRouter add(int number) {
    return add(number, SimulatedRouter.Options.USUAL);
  }

  SimulatedRouter add(int number, SimulatedRouter.Options options) {
    SimulatedRouter router = new SimulatedRouter(this, number, options);
    routers.put(number, router);
    router.start();
    return router;
  }

  RandomGenerator random() {
    return random;
  }

  long nowNanos() {
    return nowNanos;
  }

  /** Gossip messages that have been delivered. */
  int messages() {
    return messages;
  }

  static InetSocketAddress address(int number) {
    return at(number, PORT);
  }

  private static InetSocketAddress at(int number, int port) {
    try {
      byte[] ip = {10, 0, (byte) (number >> 8), (byte) number};
      return new InetSocketAddress(InetAddress.getByAddress(ip), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  void schedule(long delayNanos, Runnable action) {
    events.add(new Event(nowNanos + delayNanos, nextOrder++, action));
  }

  /** Lets virtual time pass. */
  void run(Duration duration) {
    long endNanos = nowNanos + duration.toNanos();
    runUntil(() -> false, endNanos);
    nowNanos = endNanos;
  }

  /** Lets virtual time pass until something holds; false when it does not within the duration. */
  boolean await(Duration atMost, BooleanSupplier condition) {
    return runUntil(condition, nowNanos + atMost.toNanos());
  }

  private boolean runUntil(BooleanSupplier condition, long endNanos) {
    while (!condition.getAsBoolean()) {
      SimulatedRouter timed = null;
      long next = events.isEmpty() ? Timed.NEVER : events.element().atNanos();
      for (SimulatedRouter router : routers.values()) {
        long due = router.nextDeadlineNanos();
        if (due < next) {
          next = due;
          timed = router;
        }
      }
      if (next > endNanos) {
        return false;
      }
      nowNanos = Math.max(nowNanos, next);
      if (timed != null) {
        timed.onTime();
      } else {
        events.remove().action().run();
      }
    }
    return true;
  }

  long dial(SimulatedRouter from, InetSocketAddress to) {
    InetSocketAddress local = at(from.number(), nextEphemeralPort++);
    End end = new End(from, nextLink++, true, local, to);
    ends.put(end.number, end);
    schedule(LATENCY_NANOS, () -> accept(end));
    return end.number;
  }

  private void accept(End dialler) {
    if (dialler.closed) {
      return;
    }
    SimulatedRouter host = null;
    for (SimulatedRouter router : routers.values()) {
      host = router.isUp() && address(router.number()).equals(dialler.remote) ? router : host;
    }
    if (host == null || isCut(dialler.owner, host)) {
      refuse(dialler, "dial tcp " + dialler.remote + ": connect: connection refused");
      return;
    }
    End accepted =
        new End(host, nextLink++, false, /* local= */ dialler.remote, /* remote= */ dialler.local);
    ends.put(accepted.number, accepted);
    accepted.other = dialler;
    dialler.other = accepted;
    long uid = random.nextLong();
    handshake(dialler, host, uid);
    handshake(accepted, dialler.owner, uid);
  }

  private void handshake(End end, SimulatedRouter remote, long connectionUid) {
    Map<String, String> map = remote.mesh().localFeatures(end.local);
    RemoteFeatures features =
        new RemoteFeatures(
            PeerName.parse(map.getOrDefault(MeshProtocol.NAME, "")),
            map.getOrDefault(MeshProtocol.NICK_NAME, ""),
            Long.parseUnsignedLong(map.getOrDefault(MeshProtocol.UID, "")),
            0,
            Integer.valueOf(map.getOrDefault(MeshProtocol.SHORT_ID, "")),
            Boolean.parseBoolean(map.get(MeshProtocol.TRUSTED)),
            map.get(MeshProtocol.OVERLAYS),
            map);
    Handshaken handshaken =
        new Handshaken(
            2, end.outbound, end.local, end.remote, features, connectionUid, end.owner.key());
    schedule(
        LATENCY_NANOS,
        () -> {
          if (!end.closed) {
            end.owner.event(mesh -> mesh.onHandshaken(end.number, handshaken));
          }
        });
  }

  void startReading(long link) {
    End end = ends.get(link);
    if (end != null) {
      end.reading = true;
      deliver(end);
    }
  }

  void send(long link, MeshMessage message) {
    End end = ends.get(link);
    if (end == null || end.other == null) {
      return;
    }
    End other = end.other;
    byte[] bytes = MessageCodec.encode(message);
    schedule(
        LATENCY_NANOS,
        () -> {
          if (!other.closed && !isCut(end.owner, other.owner)) {
            other.unread.add(bytes);
            deliver(other);
          }
        });
  }

  private void deliver(End end) {
    while (end.reading && !end.closed && !end.unread.isEmpty()) {
      byte[] bytes = end.unread.remove();
      messages++;
      schedule(0, () -> deliverNow(end, decode(bytes)));
    }
  }

  private static MeshMessage decode(byte[] bytes) {
    try {
      return MessageCodec.decode(bytes);
    } catch (GobException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void deliverNow(End end, MeshMessage message) {
    if (!end.closed) {
      end.owner.event(mesh -> mesh.onMessage(end.number, message));
    }
  }

  /** Closes a link as its owner asks; the other end sees a reset. */
  void close(long link, String reason) {
    End end = ends.get(link);
    if (end != null) {
      drop(end, reason);
    }
  }

  private void refuse(End dialler, String reason) {
    dialler.closed = true;
    ends.remove(dialler.number);
    schedule(0, () -> dialler.owner.event(mesh -> mesh.onDialFailed(dialler.number, reason)));
  }

  private void drop(End end, String reason) {
    if (end.closed) {
      return;
    }
    end.closed = true;
    ends.remove(end.number);
    schedule(0, () -> end.owner.event(mesh -> mesh.onClosed(end.number, reason)));
    End other = end.other;
    if (other != null && !isCut(end.owner, other.owner)) {
      schedule(LATENCY_NANOS, () -> drop(other, "connection reset by peer"));
    }
  }

  /** The process of a router dies: others see its connections reset. */
  void kill(SimulatedRouter router) {
    for (End end : ends.values().stream().sorted(Comparator.comparing(e -> e.number)).toList()) {
      if (end.owner == router) {
        end.closed = true;
        ends.remove(end.number);
        End other = end.other;
        if (other != null && !isCut(end.owner, other.owner)) {
          schedule(LATENCY_NANOS, () -> drop(other, "connection reset by peer"));
        }
      }
    }
  }

  /** Both ends of every connection that nothing crosses notice that they hear nothing. */
  void breakCutLinks() {
    for (End end : ends.values().stream().sorted(Comparator.comparing(e -> e.number)).toList()) {
      End other = end.other;
      if (other != null && isCut(end.owner, other.owner)) {
        drop(end, "i/o timeout");
      }
    }
  }

  private static boolean isCut(SimulatedRouter one, SimulatedRouter two) {
    return one.isCutFrom(two.number()) || two.isCutFrom(one.number());
  }
}
