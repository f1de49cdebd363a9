package io.weft.router;

import io.weft.gossip.EventTime;
import io.weft.gossip.Mesh;
import io.weft.gossip.PeerName;
import io.weft.gossip.Subnet;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.PathStatistics;
import io.weft.ipam.Allocator;
import io.weft.router.forwarding.MacEntry;
import io.weft.router.options.RouterOptions;
import io.weft.router.status.RouterStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Takes the router's status. Conductor thread. */
final class StatusSnapshot {
  private final RouterOptions options;
  private final PeerName name;
  private final String nickName;
  private final EventTime time;
  private final Mesh mesh;
  private final @Nullable Allocator allocator;
  private final BridgePort bridgePort;
  private final DataPlane dataPlane;

  StatusSnapshot(
      RouterOptions options,
      HostSetup host,
      EventTime time,
      Mesh mesh,
      @Nullable Allocator allocator,
      BridgePort bridgePort,
      DataPlane dataPlane) {
    this.options = options;
    name = host.name();
    nickName = host.nickName();
    this.time = time;
    this.mesh = mesh;
    this.allocator = allocator;
    this.bridgePort = bridgePort;
    this.dataPlane = dataPlane;
  }

  RouterStatus take(boolean ready, List<String> targets) {
    Allocator ipam = allocator;
    return new RouterStatus(
        ready,
        ProductVersion.text(),
        options.minProtocolVersion(),
        options.password() != null,
        options.discovery(),
        name,
        nickName,
        options.port(),
        mesh.peers(),
        mesh.routes(),
        mesh.connections(),
        targets,
        dataPlane.overlays().diagnostics(),
        paths(),
        options.trustedSubnets().stream().map(Subnet::toString).collect(Collectors.toList()),
        dataPlane.describeDatapath(),
        bridgePort.description(),
        dataPlane.workers(),
        bridgePort.captureStatistics(),
        bridgePort.injectionsRefused(),
        dataPlane.macTable().entries().stream().map(this::macStatus).collect(Collectors.toList()),
        mesh.counters(),
        ipam == null ? null : ipam.status());
  }

  private List<RouterStatus.PathStatus> paths() {
    List<RouterStatus.PathStatus> paths = new ArrayList<>();
    dataPlane
        .overlays()
        .statistics()
        .forEach((peer, overlays) ->
            overlays.forEach((overlay, counted) -> paths.add(path(peer, overlay, counted))));
    return paths;
  }

  private RouterStatus.PathStatus path(PeerName peer, String overlay, PathStatistics counted) {
    boolean heard = counted.lastHeartbeatNanos() != Timed.NEVER;
    boolean answered = counted.roundTripNanos() != Timed.NEVER;
    return new RouterStatus.PathStatus(
        peer,
        overlay,
        counted.sentPackets(),
        counted.sentBytes(),
        counted.receivedPackets(),
        counted.receivedBytes(),
        counted.dropped(),
        counted.reasons(),
        heard ? time.nanos() - counted.lastHeartbeatNanos() : -1,
        answered ? counted.roundTripNanos() : -1);
  }

  private RouterStatus.MacStatus macStatus(MacEntry entry) {
    PeerName peer = new PeerName(entry.peer());
    long ageMillis = TimeUnit.NANOSECONDS.toMillis(time.nanos() - entry.lastSeenNanos());
    return new RouterStatus.MacStatus(
        new PeerName(entry.mac()).toString(),
        peer,
        mesh.nickName(peer).orElse(""),
        Instant.ofEpochMilli(time.unixMillis() - ageMillis));
  }
}
