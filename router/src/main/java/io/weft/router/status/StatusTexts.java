package io.weft.router.status;

import io.weft.gossip.ConnectionStatus;
import io.weft.gossip.ConnectionStatus.State;
import io.weft.gossip.PeerStatus;
import io.weft.ipam.IpamStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The texts of {@code /status} and what lies below it (ipam.md 9.1 to 9.4), byte for byte. */
public final class StatusTexts {
  /** The order in which connections are counted (ipam.md 9.1). */
  private static final List<State> COUNTED =
      List.of(State.ESTABLISHED, State.PENDING, State.RETRYING, State.FAILED, State.CONNECTING);

  /** Attributes that the original has, too. */
  private static final Set<String> ORIGINAL = Set.of("encrypted", "mtu");

  private StatusTexts() {}

  /** The text of {@code /status}. */
  public static String overview(RouterStatus status) {
    StringBuilder text = new StringBuilder(512);
    line(text, "Version", status.version() + " (version check update disabled)");
    text.append('\n');
    line(text, "Service", "router");
    line(text, "Protocol", protocol(status.minProtocolVersion()));
    line(text, "Name", status.name() + "(" + status.nickName() + ")");
    line(text, "Encryption", enabled(status.encryption()));
    line(text, "PeerDiscovery", enabled(status.discovery()));
    line(text, "Targets", Integer.toString(status.targets().size()));
    line(text, "Connections", connectionCounts(status.connections()));
    line(text, "Peers", peerCounts(status.peers()));
    line(text, "TrustedSubnets", listOrNone(status.trustedSubnets()));
    String port = status.bridgePort();
    line(text, "Capture", port == null ? "none" : port);
    line(text, "Workers", Integer.toString(status.workers()));
    if (!status.datapath().isEmpty()) {
      line(text, "Datapath", status.datapath());
    }
    IpamStatus ipam = status.ipam();
    if (ipam != null) {
      text.append('\n');
      line(text, "Service", "ipam");
      line(text, "Status", ipam.status());
      line(text, "Range", ipam.universe().toString());
      line(text, "DefaultSubnet", ipam.defaultSubnet().toString());
    }
    return text.toString();
  }

  /** The text of {@code /status/targets}. */
  public static String targets(RouterStatus status) {
    StringBuilder text = new StringBuilder();
    status.targets().forEach(target -> text.append(target).append('\n'));
    return text.toString();
  }

  /** The text of {@code /status/connections}. */
  public static String connections(RouterStatus status) {
    StringBuilder text = new StringBuilder();
    for (ConnectionStatus connection : status.connections()) {
      text.append(direction(connection.outbound())).append(' ');
      pad(text, connection.address(), 21).append(' ');
      pad(text, connection.state().toString(), 11).append(' ');
      text.append(connection.info()).append(' ');
      Map<String, Object> attributes = connection.attributes();
      if (attributes != null) {
        attributes.forEach((key, value) -> {
          if (!key.equals("name")) {
            // The original sets no space between the attributes it has.
            text.append(ORIGINAL.contains(key) ? "" : " ").append(key).append('=').append(value);
          }
        });
      }
      text.append('\n');
    }
    return text.toString();
  }

  /** The text of {@code /status/peers}. */
  public static String peers(RouterStatus status) {
    StringBuilder text = new StringBuilder();
    for (PeerStatus peer : status.peers()) {
      text.append(peer.name()).append('(').append(peer.nickName()).append(")\n");
      for (PeerStatus.Link link : peer.connections()) {
        text.append("   ").append(direction(link.outbound())).append(' ');
        pad(text, link.address(), 21).append(' ');
        pad(text, link.name() + "(" + link.nickName() + ")", 37).append(' ');
        text.append(link.established() ? "established" : "pending").append('\n');
      }
    }
    return text.toString();
  }

  /** The text of {@code /status/ipam}; empty without a ring. What is amiss is below the owners. */
  public static String ipam(IpamStatus ipam) {
    StringBuilder text = new StringBuilder();
    ipam.owners().forEach(owner -> text.append(owner.line()).append('\n'));
    ipam.health().lines().forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  private static String protocol(int least) {
    int most = RouterStatus.MAX_PROTOCOL_VERSION;
    return least == most ? "weave " + most : "weave " + least + ".." + most;
  }

  private static String connectionCounts(List<ConnectionStatus> connections) {
    List<String> parts = new ArrayList<>();
    for (State state : COUNTED) {
      long count = connections.stream().filter(line -> line.state() == state).count();
      if (count > 0) {
        parts.add(count + " " + state);
      }
    }
    String total = Integer.toString(connections.size());
    return parts.isEmpty() ? total : total + " (" + String.join(", ", parts) + ")";
  }

  private static String peerCounts(List<PeerStatus> peers) {
    long established = 0;
    long pending = 0;
    for (PeerStatus peer : peers) {
      established += peer.establishedConnections();
      pending += peer.connections().size() - peer.establishedConnections();
    }
    List<String> parts = new ArrayList<>();
    if (established > 0) {
      parts.add(established + " established");
    }
    if (pending > 0) {
      parts.add(pending + " pending");
    }
    String total = Integer.toString(peers.size());
    return parts.isEmpty() ? total : total + " (with " + String.join(", ", parts) + " connections)";
  }

  private static String listOrNone(List<String> values) {
    return values.isEmpty() ? "none" : String.join(", ", values);
  }

  private static String enabled(boolean value) {
    return value ? "enabled" : "disabled";
  }

  private static String direction(boolean outbound) {
    return outbound ? "->" : "<-";
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append(" ".repeat(15 - label.length())).append(label).append(": ");
    text.append(value).append('\n');
  }

  private static StringBuilder pad(StringBuilder text, String value, int width) {
    return text.append(value).append(" ".repeat(Math.max(0, width - value.length())));
  }
}
