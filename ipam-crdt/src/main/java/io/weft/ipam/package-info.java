/**
 * Address allocation: the ring CRDT, its Paxos bootstrap, the space we own and the allocator.
 *
 * <p>Runs on the conductor thread, does no I/O, and may use {@code io.weft.gossip} only.
 */
@NullMarked
package io.weft.ipam;

import org.jspecify.annotations.NullMarked;
