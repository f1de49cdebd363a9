package io.weft.router.status;

import io.weft.gossip.ConnectionStatus;
import io.weft.gossip.MeshMetric;
import io.weft.gossip.PeerName;
import io.weft.gossip.PeerStatus;
import io.weft.gossip.topology.Routes;
import io.weft.ipam.IpamStatus;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The router at one moment. Immutable; made by the conductor, rendered by any thread.
 *
 * @param ready whether everything has started
 * @param version of this program
 * @param minProtocolVersion lowest mesh protocol accepted
 * @param encryption whether a password is set
 * @param discovery whether learnt addresses are dialled
 * @param port mesh port
 * @param targets as typed, in order of their text
 * @param overlays names of the overlays in preference order, and what each says of itself
 * @param paths what was counted of each way to each neighbour
 * @param trustedSubnets as typed
 * @param datapath what forwards frames here and why; empty when nothing does
 * @param bridgePort how frames are captured, null when they are not
 * @param workers how many threads, or pairs of threads, move frames in user space
 * @param captureStatistics frames received, dropped, dropped by the interface; null without capture
 * @param injectionsRefused frames from peers that the port on the bridge did not take
 * @param macs in order of address
 * @param meshCounters what the mesh counts
 * @param ipam null without an allocator
 */
public record RouterStatus(
    boolean ready,
    String version,
    int minProtocolVersion,
    boolean encryption,
    boolean discovery,
    PeerName name,
    String nickName,
    int port,
    List<PeerStatus> peers,
    Routes routes,
    List<ConnectionStatus> connections,
    List<String> targets,
    Map<String, Map<String, Object>> overlays,
    List<PathStatus> paths,
    List<String> trustedSubnets,
    String datapath,
    @Nullable String bridgePort,
    int workers,
    long @Nullable [] captureStatistics,
    long injectionsRefused,
    List<MacStatus> macs,
    Map<MeshMetric, Long> meshCounters,
    @Nullable IpamStatus ipam) {
  /** Highest mesh protocol there is. */
  public static final int MAX_PROTOCOL_VERSION = 2;

  /**
   * A hardware address and the peer that has it.
   *
   * @param mac as text
   * @param nickName the peer's, empty when unknown
   */
  public record MacStatus(String mac, PeerName peer, String nickName, Instant lastSeen) {}

  /**
   * One way to one neighbour.
   *
   * @param overlay its name
   * @param heartbeatAgeNanos since a heartbeat arrived; negative for never
   * @param roundTripNanos negative when not known
   */
  public record PathStatus(
      PeerName peer,
      String overlay,
      long sentPackets,
      long sentBytes,
      long receivedPackets,
      long receivedBytes,
      long dropped,
      SortedMap<String, Long> reasons,
      long heartbeatAgeNanos,
      long roundTripNanos) {}

  /** Takes copies of the collections. */
  public RouterStatus {
    peers = List.copyOf(peers);
    connections = List.copyOf(connections);
    targets = List.copyOf(targets);
    overlays = Collections.unmodifiableMap(new LinkedHashMap<>(overlays));
    paths = List.copyOf(paths);
    trustedSubnets = List.copyOf(trustedSubnets);
    macs = List.copyOf(macs);
    meshCounters = Map.copyOf(meshCounters);
  }
}
