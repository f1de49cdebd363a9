package io.weft.gossip.wire;

import io.weft.gossip.PeerName;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the other end announced in its feature map (mesh.md 1.6), checked.
 *
 * @param uid unsigned 64 bits, fresh per process start
 * @param connectionId unsigned 64 bits, fresh per connection
 * @param shortId 0 to 4095, or null when not announced
 * @param trusted the other end trusts our address
 * @param overlays the value of {@code Overlays}, or null when absent (then plain sleeve is meant)
 * @param all every key as received, for overlays and extensions
 */
public record RemoteFeatures(
    PeerName name,
    String nickName,
    long uid,
    long connectionId,
    @Nullable Integer shortId,
    boolean trusted,
    @Nullable String overlays,
    Map<String, String> all) {}
