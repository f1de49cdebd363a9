/**
 * Where frames go (overlay.md A, E): which overlay carries a connection, which peer has a hardware
 * address, and the path every frame takes.
 *
 * <p>{@code OverlaySwitch} and {@code MacTable} are cores owned by the conductor. {@code
 * ForwardingPlane} runs on the data-plane threads, which read immutable snapshots and nothing else.
 * Uses no network and no clock of its own.
 */
@NullMarked
package io.weft.router.forwarding;

import org.jspecify.annotations.NullMarked;
