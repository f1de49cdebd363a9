/** The shell of the mesh: its TCP sockets, on Netty. */
@NullMarked
package io.weft.gossip.netty;

import org.jspecify.annotations.NullMarked;
