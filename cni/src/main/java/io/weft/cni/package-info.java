/**
 * What attaches containers: the client of the control API and the attachment of a network namespace
 * to the bridge. The {@code weave-net} and {@code weave-ipam} CNI plugins will live here too.
 *
 * <p>May use {@code io.weft.linux} only; talks to the router over its control API.
 */
@NullMarked
package io.weft.cni;

import org.jspecify.annotations.NullMarked;
