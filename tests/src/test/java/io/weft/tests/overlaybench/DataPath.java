package io.weft.tests.overlaybench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A way of carrying traffic between two hosts, as yet unused. */
interface DataPath {
  /** Every path by its name, in the order of the tables. */
  static Map<String, DataPath> all() {
    Map<String, DataPath> paths = new LinkedHashMap<>();
    paths.put("veth", KernelPaths::veth);
    paths.put("kernel-vxlan", KernelPaths::vxlan);
    paths.put(LIMIT, KernelPaths::vxlanOnBridges);
    paths.put("tinc", PeerPaths::tinc);
    paths.put("fastd", PeerPaths::fastd);
    paths.put("n2n", PeerPaths::n2n);
    paths.put("nebula", PeerPaths::nebula);
    paths.put("wireguard-go", PeerPaths::wireguardGo);
    paths.put("sleeve-pcap", new WeftPath("sleeve", "pcap", false));
    paths.put("sleeve-pcap-encrypted", new WeftPath("sleeve", "pcap", true));
    paths.put("sleeve", new WeftPath("sleeve", "auto", false));
    paths.put("sleeve-encrypted", new WeftPath("sleeve", "auto", true));
    paths.put("sleeve2", new WeftPath("sleeve2", "auto", false));
    paths.put("sleeve2-encrypted", new WeftPath("sleeve2", "auto", true));
    paths.put("fastdp-user", new WeftPath("fastdp", "auto", false, "user"));
    paths.put("fastdp", new WeftPath("fastdp", "auto", false));
    return paths;
  }

  /** What Weft's kernel path is held against: same topology, same MTU. */
  String LIMIT = "kernel-vxlan-bridge";

  /** Encrypted or not, those of other projects. */
  List<String> PEERS = List.of("tinc", "fastd", "n2n", "nebula", "wireguard-go");

  /**
   * Puts the path between the hosts of {@code ground} and returns when it carries.
   *
   * @throws LeftOutException when this machine or this build lacks it
   */
  Route open(Ground ground) throws Exception;
}
