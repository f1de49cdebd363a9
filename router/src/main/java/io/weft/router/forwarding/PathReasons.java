package io.weft.router.forwarding;

import io.weft.gossip.wire.Extensions;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.router.options.RouterOptions;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Why a path does not carry frames, in words for {@code status connections} that stay the same from
 * version to version (docs/cli.md).
 *
 * @param notOffered overlays that we do not offer and why; any other was switched off
 */
record PathReasons(Map<String, String> notOffered) {
  /** What two Weft routers have between them, the best first. */
  static final List<String> BEST_FIRST = RouterOptions.ALL_OVERLAYS;

  /** Weave Net's routers have it not. */
  private static final String WEFT_ALONE = "sleeve2";

  private static final Pattern WORD = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)+");

  /** Takes a copy. */
  PathReasons {
    notOffered = Map.copyOf(notOffered);
  }

  /** Whether a neighbour could have an overlay, by the kind of router that it is. */
  static boolean mayHave(String overlay, RemoteFeatures neighbour) {
    return !overlay.equals(WEFT_ALONE) || neighbour.all().containsKey(Extensions.KEY);
  }

  /** Of an overlay that not both ends offer; what can be mended here comes first. */
  String missing(String overlay, boolean offeredHere) {
    return offeredHere
        ? overlay + "-not-offered-by-peer"
        : notOffered.getOrDefault(overlay, overlay + "-switched-off-here");
  }

  /** Of an overlay that gives way because both routers would have to carry its frames. */
  static String gaveWay(String overlay) {
    return overlay + "-not-in-kernel-here";
  }

  /** Of an overlay that cannot serve a connection, from what it says; the log has all of that. */
  static String failed(String overlay, String message) {
    boolean isWord = message.startsWith(overlay + "-") && WORD.matcher(message).matches();
    return isWord ? message : overlay + "-failed";
  }

  /** Of an overlay that does not say itself what is missing: it has yet to show that it works. */
  static String unproven(String overlay) {
    return overlay + "-not-acknowledged";
  }
}
