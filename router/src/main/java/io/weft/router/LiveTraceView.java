package io.weft.router;

import io.weft.fastpath.KernelLook;
import io.weft.gossip.EventTime;
import io.weft.gossip.Mesh;
import io.weft.gossip.PeerName;
import io.weft.linux.Ipv4Prefix;
import io.weft.router.forwarding.MacEntry;
import io.weft.router.host.AddressScan;
import io.weft.router.trace.Hop;
import io.weft.router.trace.Located;
import io.weft.router.trace.TraceEnd;
import io.weft.router.trace.TraceView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a trace learns of this host. */
final class LiveTraceView implements TraceView {
  private final PeerName self;
  private final HostSearch hostSearch;
  private final Mesh mesh;
  private final DataPlane dataPlane;
  private final EventTime time;
  private final Executor conductor;

  LiveTraceView(
      PeerName self,
      HostSearch hostSearch,
      Mesh mesh,
      DataPlane dataPlane,
      EventTime time,
      Executor conductor) {
    this.self = self;
    this.hostSearch = hostSearch;
    this.mesh = mesh;
    this.dataPlane = dataPlane;
    this.time = time;
    this.conductor = conductor;
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
    hostSearch.attachments(attachments -> {
      Optional<Located> found = attachments.flatMap(list -> find(list, end));
      conductor.execute(() -> reply.accept(found));
    });
  }

  private static Optional<Located> find(List<AddressScan.Attachment> attachments, TraceEnd end) {
    return attachments.stream()
        .filter(attachment ->
            switch (end) {
              case TraceEnd.ByAddress(var address) ->
                  attachment.address().filter(own -> own.address().equals(address)).isPresent();
              case TraceEnd.ByMac(var mac) -> attachment.mac().equals(mac);
            })
        .findFirst()
        .map(attachment ->
            new Located(
                attachment.mac().value(),
                attachment.address().map(Ipv4Prefix::toString).orElse(""),
                attachment.port()));
  }

  @Override
  public Hop look(PeerName source, long mac, @Nullable PeerName last, @Nullable PeerName before) {
    Hop hop = lookUp(mac, last, before);
    return dataPlane.look(source, mac, last, before).map(look -> with(look, hop)).orElse(hop);
  }

  /** The kernel goes by its own tables, whatever the router thinks that they hold. */
  private static Hop with(KernelLook look, Hop hop) {
    boolean goesOn = hop.verdict() == Hop.Verdict.FORWARDED;
    return switch (look.action()) {
      case DROPPED -> hop.decided(Hop.Verdict.DROPPED, null, look.entries());
      case FLOODED -> hop.decided(Hop.Verdict.FLOODED, null, look.entries());
      // Perhaps to a host whose router is gone, which nobody can be asked about.
      case SENT -> hop.decided(Hop.Verdict.FORWARDED, goesOn ? hop.next() : null, look.entries());
      case BRIDGED ->
          hop.decided(goesOn ? Hop.Verdict.DELIVERED : hop.verdict(), null, look.entries());
      case PUNTED -> hop.decided(hop.verdict(), hop.next(), look.entries());
    };
  }

  private Hop lookUp(long mac, @Nullable PeerName last, @Nullable PeerName before) {
    List<String> lines = new ArrayList<>();
    MacEntry entry = dataPlane.find(mac);
    if (last != null) {
      return self.equals(last) ? arrive(entry, lines) : pass(last, before, lines);
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
    return pass(owner, null, lines);
  }

  private Hop arrive(@Nullable MacEntry entry, List<String> lines) {
    if (entry != null && entry.peer() == self.value()) {
      lines.add("put on the bridge: it is on this host");
      return new Hop(Hop.Verdict.DELIVERED, null, self, lines);
    }
    lines.add("put on the bridge and flooded on: nothing was heard of it on this host");
    return new Hop(Hop.Verdict.FLOODED, null, self, lines);
  }

  private Hop pass(PeerName last, @Nullable PeerName before, List<String> lines) {
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
    // The kernel relays from one path of its own to another; all else passes through the router.
    boolean kernel = dataPlane.isInKernel(next) && (before == null || dataPlane.isInKernel(before));
    lines.add("carried by: " + (kernel ? "the kernel" : "user space"));
    return new Hop(Hop.Verdict.FORWARDED, next, last, lines);
  }

  /** The overlay that carries frames to a neighbour, with its attributes. */
  private Optional<String> path(PeerName neighbour) {
    return dataPlane.overlays().describe(neighbour);
  }
}
