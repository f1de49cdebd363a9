/**
 * The daemon on each host: puts mesh, address allocation and data planes together, owns the bridge,
 * decides where frames go, and answers the control API.
 *
 * <p>The conductor thread owns all state; see {@code Conductor}. May use every module but {@code
 * weave-cli}.
 */
@NullMarked
package io.weft.router;

import org.jspecify.annotations.NullMarked;
