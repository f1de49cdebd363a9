/**
 * The mesh: peers that know each other by name, talk over TCP and gossip state to one another.
 *
 * <p>This package holds what every other module needs: peer names, the time of the event being
 * handled, and the mesh itself. Everything but the Netty shell runs on the conductor thread, opens
 * no socket, starts no thread and takes its randomness as a parameter. Uses no other module of
 * Weft.
 */
@NullMarked
package io.weft.gossip;

import org.jspecify.annotations.NullMarked;
