/**
 * Who is in the mesh, who is connected to whom, and the routes that follow from it (mesh.md 6, 7).
 *
 * <p>Everything runs on the conductor thread except {@link io.weft.gossip.topology.Routes}, an
 * immutable snapshot that data-plane threads read. Uses only peer names and the gob codec.
 */
@NullMarked
package io.weft.gossip.topology;

import org.jspecify.annotations.NullMarked;
