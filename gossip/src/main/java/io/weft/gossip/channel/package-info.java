/**
 * Gossip channels: what a sub-protocol such as address allocation implements to be carried by the
 * mesh, and what the mesh offers it in return. Conductor thread only.
 */
@NullMarked
package io.weft.gossip.channel;

import org.jspecify.annotations.NullMarked;
