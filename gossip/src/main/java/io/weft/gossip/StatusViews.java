package io.weft.gossip;

import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.topology.Peer;
import io.weft.gossip.topology.Topology;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Status as records, worded as ipam.md 9.3 to 9.5 say. */
final class StatusViews {
  private static final DateTimeFormatter RETRY_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSSSSS '+0000 UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final MeshConfig config;
  private final EventTime time;
  private final Topology topology;
  private final LinkTable links;
  private final ConnectionMaker maker;

  StatusViews(
      MeshConfig config,
      EventTime time,
      Topology topology,
      LinkTable links,
      ConnectionMaker maker) {
    this.config = config;
    this.time = time;
    this.topology = topology;
    this.links = links;
    this.maker = maker;
  }

  List<PeerStatus> peers() {
    Map<PeerName, String> nickNames = new HashMap<>();
    topology.peers().forEach(peer -> nickNames.put(peer.name(), Printable.text(peer.nickName())));
    List<PeerStatus> peers = new ArrayList<>();
    for (Peer peer : topology.peers()) {
      Integer shortId = peer.shortId();
      peers.add(
          new PeerStatus(
              peer.name(),
              nickNames.getOrDefault(peer.name(), ""),
              peer.uid(),
              shortId == null ? 0 : shortId,
              peer.version(),
              peer.connections().establishedCount(),
              new LinkViews(peer.connections(), nickNames)));
    }
    return peers;
  }

  String nickName(PeerName name) {
    Peer peer = topology.peer(name);
    return peer == null ? "" : Printable.text(peer.nickName());
  }

  List<ConnectionStatus> connections() {
    List<ConnectionStatus> lines = new ArrayList<>();
    for (MeshLink link : links.all()) {
      lines.add(connection(link));
    }
    maker
        .targets()
        .forEach((address, target) -> {
          ConnectionStatus line = target(address, target);
          if (line != null) {
            lines.add(line);
          }
        });
    return lines;
  }

  private ConnectionStatus connection(MeshLink link) {
    OverlayConnection overlay = link.overlay();
    String overlayName = overlay == null ? "none" : overlay.displayName();
    SortedMap<String, Object> attributes = new TreeMap<>();
    if (overlay != null) {
      attributes.putAll(overlay.attributes());
    }
    attributes.put("name", overlayName);
    String encryption =
        config.password() ? "%-11s ".formatted(link.encrypted() ? "encrypted" : "unencrypted") : "";
    String nickName = Printable.text(link.handshaken().features().nickName());
    return new ConnectionStatus(
        link.address(),
        link.handshaken().outbound(),
        link.isEstablished() ? ConnectionStatus.State.ESTABLISHED : ConnectionStatus.State.PENDING,
        "%s%-6s %s(%s)".formatted(encryption, overlayName, link.peer(), nickName),
        attributes);
  }

  private @Nullable ConnectionStatus target(String address, DialTarget target) {
    String error = target.lastError();
    String shown = error == null ? "" : Printable.text(error);
    return switch (target.state()) {
      case CONNECTED, SUSPENDED -> null;
      case ATTEMPTING ->
          line(
              address,
              error == null ? ConnectionStatus.State.CONNECTING : ConnectionStatus.State.RETRYING,
              shown);
      case WAITING ->
          error == null
              ? line(address, ConnectionStatus.State.WAITING, "until: " + due(target))
              : line(address, ConnectionStatus.State.FAILED, shown + ", retry: " + due(target));
    };
  }

  private static ConnectionStatus line(String address, ConnectionStatus.State state, String info) {
    return new ConnectionStatus(address, true, state, info, null);
  }

  private String due(DialTarget target) {
    if (target.isNever()) {
      return "never";
    }
    long atMillis = time.unixMillis() + target.waitMillis(time.nanos());
    return RETRY_TIME.format(Instant.ofEpochMilli(atMillis));
  }
}
