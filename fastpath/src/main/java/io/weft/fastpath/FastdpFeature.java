package io.weft.fastpath;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a router announces of {@code fastdp} in the feature map (docs/protocol.md): key {@code
 * Fastdp}, value {@code v=1;heartbeat=1000} and words behind it. Unknown words are ignored.
 *
 * @param isWide the bridge may become as wide as the network
 * @param givesWay the router carries, for want of something better
 */
record FastdpFeature(boolean isWide, boolean givesWay) {
  /** The key of the feature map. */
  static final String KEY = "Fastdp";

  private static final String WIDE = "mtu=auto";
  private static final String BY_ROUTER = "by=user";

  /** The value to announce. */
  String value() {
    return HeartbeatTiming.offer() + (isWide ? ";" + WIDE : "") + (givesWay ? ";" + BY_ROUTER : "");
  }

  /** What a neighbour has announced; neither of both when it is absent or unreadable. */
  static FastdpFeature parse(@Nullable String announced) {
    if (announced == null || !HeartbeatTiming.of(announced).isNegotiated()) {
      return new FastdpFeature(false, false);
    }
    List<String> words = List.of(announced.split(";", -1));
    return new FastdpFeature(words.contains(WIDE), words.contains(BY_ROUTER));
  }
}
