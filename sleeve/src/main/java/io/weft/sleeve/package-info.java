/**
 * The user-space overlay: frames captured from the bridge travel in UDP datagrams, optionally
 * sealed.
 *
 * <p>May use {@code io.weft.gossip} and {@code io.weft.linux}. Connection state belongs to the
 * conductor thread; each data-plane lane owns its buffers and counters.
 */
@NullMarked
package io.weft.sleeve;

import org.jspecify.annotations.NullMarked;
