package io.weft.gossip;

import io.weft.gossip.overlay.OverlayHost;
import io.weft.gossip.wire.Extensions;
import io.weft.gossip.wire.MeshProtocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/** What we announce in a handshake (mesh.md 1.6). Safe for use by any thread. */
final class LocalFeatures {
  private final MeshConfig config;
  private final OverlayHost overlays;
  private final IntSupplier shortId;

  LocalFeatures(MeshConfig config, OverlayHost overlays, IntSupplier shortId) {
    this.config = config;
    this.overlays = overlays;
    this.shortId = shortId;
  }

  Map<String, String> toward(InetSocketAddress remote) {
    Map<String, String> features = new TreeMap<>();
    features.put(MeshProtocol.PEER_NAME_FLAVOUR, MeshProtocol.MAC_FLAVOUR);
    features.put(MeshProtocol.NAME, config.name().toString());
    features.put(MeshProtocol.NICK_NAME, config.nickName());
    features.put(MeshProtocol.UID, Long.toUnsignedString(config.uid()));
    features.put(MeshProtocol.SHORT_ID, Integer.toString(shortId.getAsInt()));
    features.put(
        MeshProtocol.TRUSTED, Boolean.toString(isTrusted(config.trustedSubnets(), remote)));
    if (config.extensions()) {
      features.put(Extensions.KEY, Extensions.VALUE);
    }
    overlays.addFeatures(features);
    return features;
  }

  /** Whether an address lies in one of the subnets (mesh.md 9.6). */
  static boolean isTrusted(List<Subnet> subnets, InetSocketAddress remote) {
    InetAddress address = remote.getAddress();
    return address != null && subnets.stream().anyMatch(subnet -> subnet.contains(address));
  }
}
