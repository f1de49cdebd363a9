package io.weft.fastpath;

import io.weft.gossip.PeerName;
import org.jspecify.annotations.Nullable;

/**
 * An address as the kernel knows it.
 *
 * @param owner the peer that has it; null for one that is not known by now
 * @param seenNanos when a frame came from it, at most a minute old, on the monotonic scale
 */
public record KernelMac(long mac, @Nullable PeerName owner, long seenNanos) {}
