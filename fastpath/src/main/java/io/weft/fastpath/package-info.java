/**
 * The kernel overlay: one collect-metadata VXLAN device driven by tc eBPF programs, offered to
 * peers as {@code fastdp}. Device, programs, maps and heartbeats will live here; nothing does yet,
 * and the router offers {@code sleeve} only.
 *
 * <p>May use {@code io.weft.gossip} and {@code io.weft.linux}.
 */
@NullMarked
package io.weft.fastpath;

import org.jspecify.annotations.NullMarked;
