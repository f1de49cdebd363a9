package io.weft.router;

import io.weft.gossip.EventTime;
import io.weft.gossip.Mesh;
import io.weft.gossip.PeerName;
import io.weft.linux.Netlink;
import io.weft.router.forwarding.MacEntry;
import io.weft.router.host.AddressScan;
import io.weft.router.trace.Hop;
import io.weft.router.trace.Located;
import io.weft.router.trace.TraceEnd;
import io.weft.router.trace.TraceView;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a trace learns of this host. Looking for containers has a thread of its own. */
final class LiveTraceView implements TraceView, AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(LiveTraceView.class.getName());

  /** Searches that may wait; what comes beyond finds nothing. */
  private static final int MAX_SEARCHES = 64;

  /** A trace leaves the containers as they are. */
  private static final int ANY_MTU = Integer.MAX_VALUE;

  private final PeerName self;
  private final String bridge;
  private final Mesh mesh;
  private final DataPlane dataPlane;
  private final EventTime time;
  private final Executor conductor;
  private final ThreadPoolExecutor searches;

  LiveTraceView(
      PeerName self,
      String bridge,
      Mesh mesh,
      DataPlane dataPlane,
      EventTime time,
      Executor conductor) {
    this.self = self;
    this.bridge = bridge;
    this.mesh = mesh;
    this.dataPlane = dataPlane;
    this.time = time;
    this.conductor = conductor;
    searches =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_SEARCHES),
            Thread.ofPlatform().daemon().name("trace-search").factory());
    // It must be of our network namespace, whoever asks first.
    searches.prestartAllCoreThreads();
  }

  @Override
  public PeerName self() {
    return self;
  }

  @Override
  public Set<PeerName> peers() {
    return mesh.routes().unicastTable().keySet();
  }

  @Override
  public String describe(PeerName peer) {
    return peer + "(" + mesh.nickName(peer).orElse("") + ")";
  }

  @Override
  public void locate(TraceEnd end, Consumer<Optional<Located>> reply) {
    try {
      searches.execute(() -> {
        Optional<Located> found = search(end);
        conductor.execute(() -> reply.accept(found));
      });
    } catch (RejectedExecutionException e) {
      reply.accept(Optional.empty());
    }
  }

  private Optional<Located> search(TraceEnd end) {
    try (Netlink netlink = Netlink.open()) {
      return AddressScan.scan(netlink, bridge, Path.of("/"), ANY_MTU).attachments().stream()
          .filter(attachment ->
              switch (end) {
                case TraceEnd.ByAddress(var address) ->
                    attachment.address().address().equals(address);
                case TraceEnd.ByMac(var mac) -> attachment.mac().equals(mac);
              })
          .findFirst()
          .map(attachment ->
              new Located(
                  attachment.mac().value(), attachment.address().toString(), attachment.port()));
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "a trace cannot search this host: {0}", e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public Hop look(PeerName source, long mac, @Nullable PeerName last) {
    List<String> lines = new ArrayList<>();
    MacEntry entry = dataPlane.macTable().find(mac);
    if (last != null) {
      return self.equals(last) ? arrive(entry, lines) : pass(last, lines);
    }
    if (entry == null) {
      lines.add("map entry: none for " + new PeerName(mac));
      for (long neighbour : mesh.routes().broadcastHops(self.value())) {
        PeerName peer = new PeerName(neighbour);
        lines.add("a copy to " + describe(peer) + " by " + path(peer).orElse("no connection"));
      }
      return new Hop(Hop.Verdict.FLOODED, null, null, lines);
    }
    PeerName owner = new PeerName(entry.peer());
    long age = TimeUnit.NANOSECONDS.toSeconds(time.nanos() - entry.lastSeenNanos());
    lines.add(
        "map entry: %s at %s, seen %d s ago"
            .formatted(new PeerName(mac), describe(owner), Math.max(0, age)));
    if (owner.equals(self)) {
      lines.add("left to the bridge: it is on this host");
      return new Hop(Hop.Verdict.DELIVERED, null, null, lines);
    }
    return pass(owner, lines);
  }

  private Hop arrive(@Nullable MacEntry entry, List<String> lines) {
    if (entry != null && entry.peer() == self.value()) {
      lines.add("put on the bridge: it is on this host");
      return new Hop(Hop.Verdict.DELIVERED, null, self, lines);
    }
    lines.add("put on the bridge and flooded on: nothing was heard of it on this host");
    return new Hop(Hop.Verdict.FLOODED, null, self, lines);
  }

  private Hop pass(PeerName last, List<String> lines) {
    PeerName next = mesh.routes().unicast(last);
    if (next == null) {
      lines.add("route: none to " + describe(last) + ", no established connections lead there");
      return new Hop(Hop.Verdict.DROPPED, null, last, lines);
    }
    lines.add("route: to " + describe(last) + " by " + describe(next));
    Optional<String> path = path(next);
    if (path.isEmpty()) {
      lines.add("path: none, there is no connection to " + describe(next));
      return new Hop(Hop.Verdict.DROPPED, null, last, lines);
    }
    lines.add("path: " + path.get());
    return new Hop(Hop.Verdict.FORWARDED, next, last, lines);
  }

  /** The overlay that carries frames to a neighbour, with its attributes. */
  private Optional<String> path(PeerName neighbour) {
    return dataPlane.overlays().describe(neighbour);
  }

  @Override
  public void close() {
    searches.shutdownNow();
  }
}
