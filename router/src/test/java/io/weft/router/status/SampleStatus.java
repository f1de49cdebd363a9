package io.weft.router.status;

import io.weft.gossip.ConnectionStatus;
import io.weft.gossip.PeerName;
import io.weft.gossip.PeerStatus;
import io.weft.gossip.topology.Routes;
import io.weft.ipam.IpamStatus;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Snapshots for tests. */
public final class SampleStatus {
  /** The sample router's name. */
  public static final PeerName ONE = new PeerName(0x7a0000000001L);

  private SampleStatus() {}

  /** A router without peers. */
  public static RouterStatus alone(boolean ready, @Nullable IpamStatus ipam) {
    PeerStatus self = new PeerStatus(ONE, "node1", 1, 2, 3, 0, List.of());
    return of(ready, List.of(self), List.of(), List.of(), ipam);
  }

  /** A router with these peers, connections and targets. */
  static RouterStatus of(
      boolean ready,
      List<PeerStatus> peers,
      List<ConnectionStatus> connections,
      List<String> targets,
      @Nullable IpamStatus ipam) {
    return new RouterStatus(
        ready,
        "2.9.0-oracle",
        1,
        false,
        false,
        ONE,
        "node1",
        6783,
        peers,
        Routes.alone(ONE),
        connections,
        targets,
        Map.of("sleeve", Map.of()),
        List.of(),
        List.of(),
        "",
        "vethwe-pcap (via pcap)",
        2,
        new long[] {20, 1, 2},
        3,
        List.of(),
        Map.of(),
        ipam);
  }
}
