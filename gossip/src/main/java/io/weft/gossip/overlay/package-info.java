/**
 * The overlay SPI: how a data plane (sleeve, fastdp) is prepared, confirmed and fed for each mesh
 * connection, and how frames pass between data planes and the router.
 *
 * <p>Control calls come from the conductor thread; frames are handed over on the data-plane lane
 * that the call names.
 */
@NullMarked
package io.weft.gossip.overlay;

import org.jspecify.annotations.NullMarked;
