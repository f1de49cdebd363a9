/**
 * The overlay {@code sleeve2} between two Weft routers (docs/protocol.md, docs/encryption.md): many
 * frames are sealed at once and the result is cut into datagrams. It shares the UDP port with
 * {@link io.weft.sleeve sleeve}, which goes on running underneath and carries frames whenever this
 * one cannot.
 */
@NullMarked
package io.weft.sleeve.v2;

import org.jspecify.annotations.NullMarked;
